/* SPDX-License-Identifier: GPL-2.0 */
/* Input of a fuzz target as a stream; reads behind its end give zeroes. */
#ifndef FUZZ_H
#define FUZZ_H

#include <string.h>

#include "selftests/unit/fake_host.h"

struct input {
	const u8 *at, *end;
};

static inline u64 take(struct input *in, unsigned int bytes)
{
	u64 val = 0;

	if ((size_t)(in->end - in->at) < bytes)
		bytes = in->end - in->at;
	memcpy(&val, in->at, bytes);
	in->at += bytes;
	return val;
}

/*
 * Instead of setup() and teardown(), for each input: the partition is made
 * once, and what an input changed is put back.  Some inputs take it down, and
 * the next one has a new one.  prepare(), if there is one, belongs to making.
 */
void fuzz_begin(const struct input *in, void (*prepare)(void));
void fuzz_end(void);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif
