// SPDX-License-Identifier: GPL-2.0
/* libFuzzer target for decoder, execution and page walk; see fuzz_one.h */
#include "fuzz_one.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_one(data, size);
	return 0;
}
