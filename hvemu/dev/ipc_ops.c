// SPDX-License-Identifier: GPL-2.0
/*
 * ioctls of a VM for ports and connections.
 */
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include "core/ipc.h"
#include "core/vm.h"
#include "private.h"
#include "uapi/hvemu.h"

long hve_ipcop_create(struct hve_call *call)
{
	return hve_ipc_port_create(call->vm, call->data);
}

long hve_ipcop_delete(struct hve_call *call)
{
	return hve_ipc_port_delete(call->vm, call->arg);
}

/* The other VM is there as long as its file is held. */
long hve_ipcop_connect(struct hve_call *call)
{
	const struct hvemu_connection *in = call->data;
	struct hve_vm *peer;
	struct file *file;
	long r;

	if ((in->to != HVEMU_TO_PORT && in->to != HVEMU_TO_DOORBELL) ||
	    in->fd == -1)
		return hve_ipc_connect(call->vm, in, call->vm);
	file = fget(in->fd);
	if (!file)
		return -EBADF;
	peer = hve_vm_of_file(file);
	r = peer ? hve_ipc_connect(call->vm, in, peer) : -EINVAL;
	fput(file);
	return r;
}

long hve_ipcop_disconnect(struct hve_call *call)
{
	return hve_ipc_disconnect(call->vm, call->arg);
}

long hve_ipcop_post(struct hve_call *call)
{
	return hve_ipc_post(call->vm, call->data);
}

long hve_ipcop_signal(struct hve_call *call)
{
	return hve_ipc_signal(call->vm, call->data);
}

long hve_ipcop_kvm_eventfd(struct hve_call *call)
{
	return hve_ipc_kvm_eventfd(call->vm, call->data);
}
