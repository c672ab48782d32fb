# SPDX-License-Identifier: GPL-2.0
# qemu.sh: Debian's QEMU, unmodified, boots SeaBIOS and Debian's 6.12 kernel on hvemu and
# powers it off: with LAPICs in the kernel (split), and with PIC, IOAPIC and PIT there, too.
# kernels: 6.12
# memory: 1536
# limit: 500
# needs: module guest
# qemu: 7.2
. "$HVE_ROOT/lab/ktap"

LOG=/tmp/hve-qemu.$$
console() { grep -q "$1" "$LOG"; }

# boot NAME ARGUMENTS: the guest's console goes to the log
boot() {
	local name=$1
	shift
	: >"$LOG"
	{
		timeout 60 qemu-system-x86_64 -L /usr/share/qemu -nodefaults -no-reboot -display none \
			-vga none -serial stdio -m 256 -kernel "$HVE_ROOT/guest/kernel" \
			-initrd "$HVE_ROOT/guest/initrd" -append "$(cat "$HVE_ROOT/guest/cmdline") hve.rounds=0" \
			"$@" </dev/null 2>&1
		echo "qemu: status $?"
	} | while IFS= read -r line; do
		printf '%s\n' "$line" >>"$LOG"
		printf '> %s\n' "$line"
	done
	check "$name: the guest's init is content" console 'status 0, powering off'
	check "$name: QEMU ends when the guest powers off" console '^qemu: status 0'
}

load_hvemu
# 7.2 has this path built in
ln -s hvemu /dev/kvm
boot "split irqchip, 2 VPs" -smp 2 -machine pc,smm=off -cpu host -accel kvm,kernel-irqchip=split
boot "irqchip in the kernel, 4 VPs" -smp 4 -machine pc,smm=off -cpu host -accel kvm,kernel-irqchip=on
check "rmmod" rmmod hvemu
rm -f "$LOG" /dev/kvm
plan
