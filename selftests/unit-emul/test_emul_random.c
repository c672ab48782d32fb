// SPDX-License-Identifier: GPL-2.0
/* The fuzzer's hostile guests from a fixed seed: a second of them in every run. */
#include "fuzz_one.h"
#include "ktap.h"

static u64 rng_state;

static u8 rng(void)
{
	rng_state = rng_state * 6364136223846793005ull + 1442695040888963407ull;
	return rng_state >> 40;
}

static void hostile(unsigned int rounds, bool prefixed)
{
	static const u8 prefix[] = {
		0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x48, 0x4f, 0x0f, 0xc4, 0xc5,
		0x64, 0x36,
	};
	u8 data[160];
	unsigned int i;

	while (rounds--) {
		for (i = 0; i < sizeof(data); i++)
			data[i] = rng();
		for (i = 0; prefixed && i < (rng() & 7); i++)
			data[8 + i] = prefix[rng() % sizeof(prefix)];
		fuzz_one(data, sizeof(data));
	}
}

static void random_bytes(void)
{
	rng_state = 1;
	hostile(15000, false);
}

static void random_prefixes(void)
{
	rng_state = 2;
	hostile(15000, true);
}

/* Every opcode of the three maps with every ModRM.reg, memory and register */
static void all_opcodes(void)
{
	u8 data[160] = {};
	unsigned int n;

	for (n = 0; n < 3 * 256 * 16; n++) {
		u8 *p = data + 8;

		data[0] = 7;
		data[24 + 3] = 0x10;
		data[120] = n & 0x100 ? 0 : 0xff;
		memset(p, 0, 16);
		if (n >> 12)
			*p++ = 0x0f;
		if (n >> 12 == 2)
			*p++ = 0x38;
		*p++ = n >> 4;
		*p = (n & 7) << 3 | (n & 8 ? 0xc3 : 3);
		fuzz_one(data, sizeof(data));
	}
}

int main(void)
{
	ktap_begin();
	RUN(random_bytes);
	RUN(random_prefixes);
	RUN(all_opcodes);
	return ktap_end();
}
