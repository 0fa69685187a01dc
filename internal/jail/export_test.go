package jail

// RaceDetector says that memory cannot be limited, because the detector's own is
// larger than any limit.
const RaceDetector = raceDetector
