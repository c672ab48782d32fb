# SPDX-License-Identifier: GPL-2.0
# qemu-ovmf.sh: Debian's UEFI firmware in QEMU, from two pflash devices: its code in a slot
# that only the VMM writes, its variables in one whose writes leave as MMIO. It comes to its
# shell, and boots Debian's 6.12 kernel by the kernel's EFI stub. Takes minutes, so it is in
# no list of suites: `selftests/lab/suite.sh qemu-ovmf 6.12`.
# memory: 1536
# limit: 1500
# needs: module guest ovmf
# qemu: 7.2
. "$HVE_ROOT/lab/ktap"

LOG=/tmp/hve-ovmf.$$
console() { tr -d '\0\033' <"$LOG" | grep -aq "$1"; }

# boot NAME TEXT ARGUMENTS: ends when TEXT was on the console
boot() {
	local text=$2 i=0
	shift 2
	: >"$LOG"
	cp /usr/share/OVMF/OVMF_VARS.fd /tmp/vars
	timeout 900 qemu-system-x86_64 -L /usr/share/qemu -nodefaults -no-reboot -display none \
		-vga none -serial "file:$LOG" -m 512 -machine pc,smm=off -cpu host -accel kvm \
		-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd \
		-drive if=pflash,format=raw,file=/tmp/vars "$@" >/tmp/qemu.out 2>&1 </dev/null &
	until console "$text" || ! kill -0 $! 2>/dev/null; do
		i=$((i + 1))
		[ $i -lt 900 ] || break
		sleep 1
	done
	kill $! 2>/dev/null
	wait $!
	tr -cd ' -~\n' <"$LOG" | sed 's/^/> /'
	cat /tmp/qemu.out
	console "$text"
}

load_hvemu
ln -s hvemu /dev/kvm
check "OVMF comes to its shell" boot shell 'Shell>'
check "its variables were written to flash" sh -c '! cmp -s /tmp/vars /usr/share/OVMF/OVMF_VARS.fd'
check "OVMF boots Linux" boot linux 'status 0, powering off' -kernel "$HVE_ROOT/guest/bzImage" \
	-initrd "$HVE_ROOT/guest/initrd" -append "$(cat "$HVE_ROOT/guest/cmdline") hve.rounds=0"
check "rmmod" rmmod hvemu
rm -f "$LOG" /tmp/vars /tmp/qemu.out /dev/kvm
plan
