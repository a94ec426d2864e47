// SPDX-License-Identifier: GPL-2.0-only OR MIT
//! Rust's rand as its users call it, for bench/sources/languages.c, which loads this. The loop is
//! in here, so that no call pays for crossing the languages.
//!
//! Safety: `buf` points to `len` bytes that nobody else uses meanwhile.

use rand::{rngs::OsRng, RngCore};
use std::os::raw::{c_long, c_longlong};

unsafe fn run<R: RngCore>(mut rng: R, buf: *mut u8, len: usize, calls: c_long) -> c_longlong {
    let buf = std::slice::from_raw_parts_mut(buf, len);
    let mut sum = 0;
    for _ in 0..calls {
        if rng.try_fill_bytes(std::hint::black_box(&mut *buf)).is_ok() {
            sum += len as c_longlong;
        }
    }
    sum
}

#[no_mangle]
pub unsafe extern "C" fn bench_rust_thread_rng(buf: *mut u8, len: usize, n: c_long) -> c_longlong {
    run(rand::thread_rng(), buf, len, n)
}

#[no_mangle]
pub unsafe extern "C" fn bench_rust_os_rng(buf: *mut u8, len: usize, n: c_long) -> c_longlong {
    run(OsRng, buf, len, n)
}
