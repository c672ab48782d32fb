/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The character device /dev/hvemu: the only way in.
 */
#ifndef HVE_DEV_DEV_H
#define HVE_DEV_DEV_H

/**
 * hve_dev_start() - create /dev/hvemu
 *
 * The last step of loading: VMs can be created before it returns.
 * Return: 0 or an errno.
 */
int hve_dev_start(void);

/** hve_dev_stop() - remove it; nobody has it open */
void hve_dev_stop(void);

#endif /* HVE_DEV_DEV_H */
