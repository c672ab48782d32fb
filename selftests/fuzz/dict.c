// SPDX-License-Identifier: GPL-2.0
/* Prints libFuzzer's dictionary: numbers of the rows, as they are in memory. */
#include "fuzz.h"
#include "hvemu/hypercall/hypercall.h"

static void print(const char *name, unsigned int i, u32 val, unsigned int bytes)
{
	printf("%s%u=\"", name, i);
	for (; bytes--; val >>= 8)
		printf("\\x%02x", val & 0xff);
	printf("\"\n");
}

int main(void)
{
	unsigned int i;
	u16 code;
	u32 msr;

	for (i = 0; hve_hcall_code(i, &code); i++) {
		print("call", i, code, 2);
		print("fast", i, code | 1u << 16, 4);
	}
	for (i = 0; hve_tlfs_msr_list(i, &msr); i++)
		print("msr", i, msr, 4);
	return 0;
}
