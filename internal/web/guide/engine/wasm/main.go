//go:build js && wasm

// Wasm is package engine for a browser. It waits for calls of two functions of
// the worker's global object: jagaOpen takes the packs, jagaLook a text.
package main

import (
	"syscall/js"

	"github.com/jaga-project/jaga/internal/web/guide/engine"
)

func main() {
	var e *engine.Engine
	js.Global().Set("jagaOpen", js.FuncOf(func(_ js.Value, args []js.Value) any {
		var packs [][]byte
		for _, a := range args {
			data := make([]byte, a.Length())
			js.CopyBytesToGo(data, a)
			packs = append(packs, data)
		}
		var err error
		if e, err = engine.New(packs...); err != nil {
			return err.Error()
		}
		return nil
	}))
	js.Global().Set("jagaLook", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return object(e.Look(args[0].String(), engine.Who{Asked: args[1].Bool(), Child: args[2].String()}))
	}))
	select {}
}

// object is an answer as the page takes it.
func object(a engine.Answer) any {
	forms := []any{}
	for _, f := range a.Forms {
		forms = append(forms, string(f))
	}
	names := []any{}
	for _, n := range a.Names {
		names = append(names, n)
	}
	signs := []any{}
	for _, s := range a.Signs {
		quotes := []any{}
		for _, q := range s.Quotes {
			quotes = append(quotes, []any{q.Before, q.Words, q.Behind})
		}
		signs = append(signs, map[string]any{"key": s.Key, "quotes": quotes})
	}
	return map[string]any{
		"names": names, "forms": forms, "signs": signs, "crisis": a.Crisis,
		"empty": a.Empty, "short": a.Short, "cut": a.Cut, "hard": a.Hard, "foreign": a.Foreign,
	}
}
