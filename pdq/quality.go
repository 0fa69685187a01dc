package pdq

// gradientLimit bounds one term of the gradient; that of a byte picture is at
// most 100, and even one term of the limit gives the full quality.
const gradientLimit = 100_000

// quality returns 0..100 from the reference's gradient sum over all neighbours,
// of 100*(a-b)/255, each cut towards zero, divided by 90. It reports whether no
// change of each value of u by at most slack could alter it.
func quality(u *Buffer, slack float32, lv level) (q int, sure bool) {
	eps := 2 * slack * 100 / 255
	var sum, down, up int
	if lv >= vector {
		sum, down, up = gradientVector(u, eps, lv)
	} else {
		sum, down, up = gradientPortable(u, eps)
	}
	least, q, most := min(100, (sum-down)/90), min(100, sum/90), min(100, (sum+up)/90)
	return q, least == most
}

// gradientPortable returns the sum and counts the terms that could be one lower
// or higher if they changed by eps. It stops when the quality is certainly 100.
func gradientPortable(u *Buffer, eps float32) (sum, down, up int) {
	for i := range 64 {
		row := (*[64]float32)(u[64*i:])
		below := row
		if i < 63 {
			below = (*[64]float32)(u[64*i+64:])
		}
		for j, v := range row {
			right := row[min(j+1, 63)]
			for _, other := range [2]float32{below[j], right} {
				d := float32(float32(v-other)*100) / 255
				if d < 0 {
					d = -d
				}
				if !(d < gradientLimit) {
					d = gradientLimit
				}
				n := int(d)
				sum += n
				f := d - float32(n)
				if f >= 1-eps {
					up++
				}
				if f < eps && n > 0 {
					down++
				}
			}
		}
		if sum-down >= 90*100 {
			break
		}
	}
	return sum, down, up
}
