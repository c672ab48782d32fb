#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# extract-vmlinux.sh BZIMAGE: the uncompressed ELF kernel inside a bzImage, on stdout
set -eu

# Each decompressor and the first bytes of its streams
tries='gzip -dc|\x1f\x8b\x08
xz -dc|\xfd7zXZ\x00
zstd -qdc|\x28\xb5\x2f\xfd
lz4 -qdc|\x02\x21\x4c\x18'

tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
while IFS='|' read -r unpack magic; do
	for at in $(LC_ALL=C grep -obUaP "$magic" "$1" | cut -d: -f1); do
		# trailing bytes after the stream make the tools complain: look at the result
		tail -c "+$((at + 1))" "$1" | $unpack >"$tmp" 2>/dev/null || true
		if [ "$(head -c 4 "$tmp" | od -An -tx1 | tr -d ' ')" = 7f454c46 ]; then
			cat "$tmp"
			exit 0
		fi
	done
done <<EOT
$tries
EOT
echo "extract-vmlinux: no compressed ELF in $1" >&2
exit 1
