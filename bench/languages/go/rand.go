// SPDX-License-Identifier: GPL-2.0-only OR MIT

// Go's crypto/rand as its users call it, for bench/sources/languages.c, which loads this. The loop
// is in here, so that no call pays for crossing the languages.
package main

import "C"

import (
	"crypto/rand"
	"unsafe"
)

//export bench_go_rand
func bench_go_rand(buf unsafe.Pointer, length uintptr, calls int64) int64 {
	bytes := unsafe.Slice((*byte)(buf), length)
	sum := int64(0)
	for ; calls > 0; calls-- {
		n, _ := rand.Read(bytes)
		sum += int64(n)
	}
	return sum
}

func main() {}
