/* SPDX-License-Identifier: GPL-2.0 */
/* What entry.S and enter.c share; plain numbers, asserted in enter.c. */
#ifndef HVE_ENTRY_H
#define HVE_ENTRY_H

#define ENTRY_HOST_RSP		0
#define ENTRY_GUEST_SPEC_CTRL	8
#define ENTRY_HOST_SPEC_CTRL	16

#define ENTRY_RESUME		0x1	/* VMRESUME instead of VMLAUNCH */
#define ENTRY_SPEC_CTRL		0x2	/* switch IA32_SPEC_CTRL */

#endif /* HVE_ENTRY_H */
