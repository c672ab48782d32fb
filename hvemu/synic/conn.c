// SPDX-License-Identifier: GPL-2.0
/*
 * Connections: what the ids mean that a guest gives to HvCallPostMessage and
 * HvCallSignalEvent: a port of some partition, an eventfd, or the VMM (TLFS
 * inter-partition-communication.md, "Ports and Connections").
 *
 * A connection is used under the lock of its bucket, so it needs no reference;
 * that of its port keeps the port's memory and not its partition.
 */
#include "synic.h"

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/slab.h>

#include "../partition/partition.h"

#define MAX_CONNS	4096

static struct hve_conn *conn_find(struct hve_id_bucket *bucket, u32 id)
{
	struct hve_conn *conn;

	lockdep_assert_held(&bucket->lock);
	list_for_each_entry(conn, &bucket->list, link)
		if (conn->id == id)
			return conn;
	return NULL;
}

bool hve_conns_exist(struct hve_partition *pt)
{
	/* pairs with hve_id_table() */
	return smp_load_acquire(&pt->conns);
}

hv_status_t hve_conn_post(struct hve_partition *pt, u32 id, u32 type,
			  const void *payload, u32 bytes,
			  enum hve_conn_kind *kind)
{
	struct hve_id_bucket *bucket = hve_id_bucket(&pt->conns, id);
	hv_status_t status = HV_STATUS_INVALID_CONNECTION_ID;
	struct hve_conn *conn;

	*kind = HVE_CONN_NONE;
	if (!bucket)
		return status;
	spin_lock(&bucket->lock);
	conn = conn_find(bucket, id);
	if (conn) {
		*kind = conn->kind;
		status = conn->kind == HVE_CONN_PORT ?
			 hve_port_post(conn->port, type, payload, bytes) :
			 HV_STATUS_INVALID_PORT_ID;
	}
	spin_unlock(&bucket->lock);
	return status;
}

/* An eventfd is as good as a port with one flag. */
static hv_status_t conn_signal(struct hve_conn *conn, u16 flag)
{
	switch (conn->kind) {
	case HVE_CONN_PORT:
		return hve_port_signal(conn->port, flag);
	case HVE_CONN_EVENTFD:
		if (flag)
			return HV_STATUS_INVALID_PARAMETER;
		hve_host_event_signal(conn->event);
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_INVALID_PORT_ID;
	}
}

hv_status_t hve_conn_signal(struct hve_partition *pt, u32 id, u16 flag,
			    enum hve_conn_kind *kind)
{
	struct hve_id_bucket *bucket = hve_id_bucket(&pt->conns, id);
	hv_status_t status = HV_STATUS_INVALID_CONNECTION_ID;
	struct hve_conn *conn;

	*kind = HVE_CONN_NONE;
	if (!bucket)
		return status;
	spin_lock(&bucket->lock);
	conn = conn_find(bucket, id);
	if (conn) {
		*kind = conn->kind;
		status = conn_signal(conn, flag);
	}
	spin_unlock(&bucket->lock);
	return status;
}

static int conn_add(struct hve_partition *pt, struct hve_conn *conn)
{
	struct hve_id_bucket *bucket;
	int err = 0;

	lockdep_assert_held(&pt->lock);
	if (pt->nr_conns >= MAX_CONNS)
		return -ENOSPC;
	if (!hve_id_table(&pt->conns))
		return -ENOMEM;
	bucket = hve_id_bucket(&pt->conns, conn->id);
	spin_lock(&bucket->lock);
	if (conn_find(bucket, conn->id)) {
		err = -EEXIST;
	} else {
		list_add_tail(&conn->link, &bucket->list);
		pt->nr_conns++;
	}
	spin_unlock(&bucket->lock);
	return err;
}

/* With success @port or @event is the connection's. */
static int conn_create(struct hve_partition *pt, u32 id,
		       enum hve_conn_kind kind, struct hve_port *port,
		       void *event, const struct hve_doorbell *bell)
{
	struct hve_conn *conn;
	int err;

	if (id & ~HV_CONNECTION_ID_MASK)
		return -EINVAL;
	conn = kzalloc(sizeof(*conn), GFP_KERNEL_ACCOUNT);
	if (!conn)
		return -ENOMEM;
	conn->id = id;
	conn->kind = kind;
	conn->port = port;
	conn->event = event;
	INIT_LIST_HEAD(&conn->bell_link);
	mutex_lock(&pt->lock);
	err = conn_add(pt, conn);
	if (!err && bell) {
		conn->bell = *bell;
		spin_lock(&pt->bell_lock);
		list_add_tail(&conn->bell_link, &pt->doorbells);
		spin_unlock(&pt->bell_lock);
	}
	mutex_unlock(&pt->lock);
	if (err)
		kfree(conn);
	return err;
}

int hve_tlfs_connect_port(struct hve_partition *pt, u32 id,
			  struct hve_partition *to, u32 port_id)
{
	struct hve_port *port = hve_port_get(to, port_id);
	int err;

	if (!port)
		return -ENOENT;
	err = conn_create(pt, id, HVE_CONN_PORT, port, NULL, NULL);
	if (err)
		hve_port_put(port);
	return err;
}

/* "Must not cross page boundaries"; a value that no write of the size has. */
static bool bell_is_valid(const struct hve_doorbell *bell)
{
	u32 size = bell->flags & HV_DOORBELL_SIZE_MASK;
	u32 bytes = size ? 1u << (size - 1) : 1;

	if (bell->flags & ~(HV_DOORBELL_SIZE_MASK | HV_DOORBELL_ANY_VALUE) ||
	    size > HV_DOORBELL_SIZE_QWORD || (bell->gpa & 0xfff) + bytes > 4096)
		return false;
	if (bell->flags & HV_DOORBELL_ANY_VALUE)
		return !bell->value;
	return !size || bytes == 8 || !(bell->value >> (8 * bytes));
}

int hve_tlfs_connect_doorbell(struct hve_partition *pt, u32 id,
			      struct hve_partition *to, u32 port_id,
			      const struct hve_doorbell *bell)
{
	struct hve_port *port;
	int err;

	if (!bell_is_valid(bell))
		return -EINVAL;
	port = hve_port_get(to, port_id);
	if (!port)
		return -ENOENT;
	err = port->type == HV_PORT_TYPE_DOORBELL ?
	      conn_create(pt, id, HVE_CONN_DOORBELL, port, NULL, bell) :
	      -EINVAL;
	if (err)
		hve_port_put(port);
	return err;
}

static bool bell_rings(const struct hve_doorbell *bell, u64 gpa, u32 bytes,
		       u64 val)
{
	u32 size = bell->flags & HV_DOORBELL_SIZE_MASK;

	if (bell->gpa != gpa || (size && bytes != 1u << (size - 1)))
		return false;
	return (bell->flags & HV_DOORBELL_ANY_VALUE) || bell->value == val;
}

bool hve_conn_doorbell(struct hve_partition *pt, u64 gpa, u32 bytes, u64 val)
{
	struct hve_conn *conn;
	bool hit = false;

	if (likely(list_empty(&pt->doorbells)))
		return false;
	spin_lock(&pt->bell_lock);
	list_for_each_entry(conn, &pt->doorbells, bell_link) {
		if (bell_rings(&conn->bell, gpa, bytes, val)) {
			hve_port_ring(conn->port);
			hit = true;
		}
	}
	spin_unlock(&pt->bell_lock);
	return hit;
}

int hve_tlfs_connect_event(struct hve_partition *pt, u32 id, void *event)
{
	return conn_create(pt, id, HVE_CONN_EVENTFD, NULL, event, NULL);
}

int hve_tlfs_connect_vmm(struct hve_partition *pt, u32 id)
{
	return conn_create(pt, id, HVE_CONN_VMM, NULL, NULL, NULL);
}

static void conn_free(struct hve_conn *conn)
{
	if (conn->port)
		hve_port_put(conn->port);
	if (conn->event)
		hve_host_event_put(conn->event);
	kfree(conn);
}

int hve_tlfs_disconnect(struct hve_partition *pt, u32 id, bool event_only)
{
	struct hve_id_bucket *bucket = hve_id_bucket(&pt->conns, id);
	struct hve_conn *conn;

	if (!bucket)
		return -ENOENT;
	mutex_lock(&pt->lock);
	spin_lock(&bucket->lock);
	conn = conn_find(bucket, id);
	if (conn && event_only && conn->kind != HVE_CONN_EVENTFD)
		conn = NULL;
	if (conn) {
		list_del_init(&conn->link);
		pt->nr_conns--;
	}
	spin_unlock(&bucket->lock);
	mutex_unlock(&pt->lock);
	if (!conn)
		return -ENOENT;
	spin_lock(&pt->bell_lock);
	list_del_init(&conn->bell_link);
	spin_unlock(&pt->bell_lock);
	conn_free(conn);
	return 0;
}

void hve_conns_release(struct hve_partition *pt)
{
	struct hve_conn *conn, *next;
	unsigned int i;

	for (i = 0; pt->conns && i < HVE_ID_BUCKETS; i++)
		list_for_each_entry_safe(conn, next, &pt->conns[i].list, link)
			conn_free(conn);
	INIT_LIST_HEAD(&pt->doorbells);
	kvfree(pt->conns);
	pt->conns = NULL;
}
