//go:build !small

package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/jaga-project/jaga/convo/eval"
)

// A model file is, with numbers in little-endian order:
//
//	"jaga-jm"                   7 bytes
//	version                     1 byte
//	length of the head          4 bytes
//	head                        JSON: info and parameters
//	number of weights           4 bytes
//	for each weight             steps from the last feature, as a varint; float32
//	SHA-256 of all before       32 bytes
//
// Weights that are 0 are left out. The checksum finds damage; it is no
// signature.
const (
	magic       = "jaga-jm"
	fileVersion = 1

	maxHead = 64 << 10
	// MaxFile is the largest size of a model file, in bytes: above the head
	// and every weight with its longest step.
	MaxFile = 4 << 20
)

// ErrDamaged is the error of [Read] on what is no undamaged model file.
var ErrDamaged = errors.New("the model file is damaged or none")

// head is the readable part of a model file.
type head struct {
	Info Info `json:"info"`
	parameters
}

// Write writes the model file. Equal models give equal bytes.
func (m *Model) Write(w io.Writer) error {
	data, err := m.encode()
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("writing a model: %w", err)
	}
	return nil
}

// seal gives the model its digest.
func (m *Model) seal() error {
	data, err := m.encode()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	m.digest = hex.EncodeToString(sum[:])
	return nil
}

func (m *Model) encode() ([]byte, error) {
	h, err := json.Marshal(head{m.info, m.p})
	if err != nil {
		return nil, err
	}
	if len(h) > maxHead {
		return nil, fmt.Errorf("the head has %d bytes, more than %d", len(h), maxHead)
	}
	data := append([]byte(magic), fileVersion)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(h)))
	data = append(data, h...)
	count := 0
	for _, w := range m.weights {
		if w != 0 {
			count++
		}
	}
	data = binary.LittleEndian.AppendUint32(data, uint32(count))
	last := -1
	for f, w := range m.weights {
		if w == 0 {
			continue
		}
		data = binary.AppendUvarint(data, uint64(f-last))
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(w))
		last = f
	}
	sum := sha256.Sum256(data)
	return append(data, sum[:]...), nil
}

// Read reads a model file. The error is [ErrDamaged] unless every byte is as
// written; a file of another version says so. At most [MaxFile] bytes and one
// more are read.
func Read(r io.Reader) (*Model, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading a model: %w", err)
	}
	m, err := decodeFile(data)
	if err != nil {
		return nil, fmt.Errorf("reading a model: %w", err)
	}
	return m, nil
}

func decodeFile(data []byte) (*Model, error) {
	switch {
	case len(data) > MaxFile:
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrDamaged, MaxFile)
	case len(data) < len(magic)+1+sha256.Size || string(data[:len(magic)]) != magic:
		return nil, fmt.Errorf("%w: it does not begin and end as one", ErrDamaged)
	case data[len(magic)] != fileVersion:
		return nil, fmt.Errorf("the file is of version %d, this program reads version %d: train again, or take the program that made it", data[len(magic)], fileVersion)
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if want := sha256.Sum256(body); !bytes.Equal(sum, want[:]) {
		return nil, fmt.Errorf("%w: the checksum is another", ErrDamaged)
	}
	m, err := decodeBody(body[len(magic)+1:])
	if err != nil {
		return nil, err
	}
	whole := sha256.Sum256(data)
	m.digest = hex.EncodeToString(whole[:])
	return m, nil
}

// decodeBody reads what is between version and checksum.
func decodeBody(data []byte) (*Model, error) {
	part, data, ok := block(data)
	if !ok || len(part) > maxHead {
		return nil, fmt.Errorf("%w: the head is cut off or too long", ErrDamaged)
	}
	var h head
	dec := json.NewDecoder(bytes.NewReader(part))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&h); err != nil {
		return nil, fmt.Errorf("%w: head: %w", ErrDamaged, err)
	}
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("%w: head: %w", ErrDamaged, err)
	}
	weights, err := decodeWeights(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	m := newModel(weights)
	m.info, m.p = h.Info, h.parameters
	return m, nil
}

// block cuts off a block that its length stands before.
func block(data []byte) (part, rest []byte, ok bool) {
	if len(data) < 4 {
		return nil, nil, false
	}
	n := uint64(binary.LittleEndian.Uint32(data))
	data = data[4:]
	if n > uint64(len(data)) {
		return nil, nil, false
	}
	return data[:n], data[n:], true
}

func decodeWeights(data []byte) ([]float32, error) {
	if len(data) < 4 {
		return nil, errors.New("the weights are cut off")
	}
	count := binary.LittleEndian.Uint32(data)
	data = data[4:]
	weights := make([]float32, dimensions)
	feature := -1
	for i := range count {
		step, n := binary.Uvarint(data)
		if n <= 0 || len(data) < n+4 {
			return nil, fmt.Errorf("weight %d of %d is cut off", i, count)
		}
		if step == 0 || step > dimensions || feature+int(step) >= dimensions {
			return nil, fmt.Errorf("weight %d of %d belongs to no feature", i, count)
		}
		feature += int(step)
		w := math.Float32frombits(binary.LittleEndian.Uint32(data[n:]))
		if w == 0 || w-w != 0 {
			return nil, fmt.Errorf("weight %d of %d is 0 or not finite", i, count)
		}
		weights[feature] = w
		data = data[n+4:]
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("%d bytes follow the weights", len(data))
	}
	return weights, nil
}

// check refuses numbers that no training gives and that would make scores
// which are no probabilities.
func (h *head) check() error {
	if h.Info.Buckets != Buckets || h.Info.MaxGram != MaxGram {
		return fmt.Errorf("%d buckets and n-grams to %d letters, this program has %d and %d", h.Info.Buckets, h.Info.MaxGram, Buckets, MaxGram)
	}
	for _, c := range []struct {
		name string
		m    eval.Platt
	}{{"message", h.Message}, {"whole", h.Whole}} {
		if !(c.m.A < 0) || math.IsInf(c.m.A, 0) || math.IsNaN(c.m.B) || math.IsInf(c.m.B, 0) {
			return fmt.Errorf("the calibration %q does not rise or is not finite", c.name)
		}
	}
	if !(h.Prior > 0 && h.Prior < 1) {
		return fmt.Errorf("the prior %v is not between 0 and 1", h.Prior)
	}
	if !(h.Threshold >= 0 && h.Threshold <= 1) {
		return fmt.Errorf("the threshold %v is no probability", h.Threshold)
	}
	return nil
}
