/* fuzz_read.h - what libFuzzer, or fuzz_main.c in its place, calls. */
#ifndef FUZZ_READ_H
#define FUZZ_READ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

#endif
