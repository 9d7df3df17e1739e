/*
 * fuzz_main: what a fuzzing engine calls, and what takes its place where there is none.
 *
 * Without an engine a main of its own runs the harness once over each file that it is given, so
 * that seeds and old findings are a regression test with every compiler.
 */
#ifndef PIXSCALE_TESTS_FUZZ_MAIN_H
#define PIXSCALE_TESTS_FUZZ_MAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A property that must hold whatever the input is. Traps, so that the engine and the debugger see
 * the place, and says which one it was. */
#define require(condition) fuzz_main_require(condition, #condition, __FILE__, __LINE__)

static inline void fuzz_main_require(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    __builtin_trap();
}

/* Runs one input; returns 0. A property that does not hold traps. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libFuzzer's: changes `data` in place, to at most `room` bytes; returns its new size. The first is
 * ours where a harness has one, the second is what the engine would have done. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

#endif
