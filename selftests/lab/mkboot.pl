#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# mkboot.pl VMLINUX BZIMAGE INITRD BOOTSECTOR CMDLINE OUT_DISK
#
# Writes the disk that boot.S boots: its sector with the load table filled in, the block
# with boot_params (setup header taken from BZIMAGE) and page tables, the physical image
# of the ELF VMLINUX, and INITRD. Prints the number of cylinders of 16*63 sectors.
use strict;
use warnings;

my $SECTOR  = 512;
my $BLOCK   = 0x100000;     # where boot.S loads the block
my $INITRD  = 0x8000000;
my $CMDLINE_MAX = 2046;

sub slurp {
	open(my $f, "<:raw", $_[0]) or die "$_[0]: $!\n";
	local $/;
	return scalar <$f>;
}

sub pad { return $_[0] . "\0" x ($_[1] - length $_[0]) }

# elf_segments: (entry, lowest address, end address, [file offset, address, size]...)
sub elf_segments {
	my ($elf) = @_;
	die "not an ELF64\n" unless substr($elf, 0, 5) eq "\x7fELF\x02";
	my ($entry, $phoff) = unpack("Q<Q<", substr($elf, 24, 16));
	my ($phsize, $phnum) = unpack("S<S<", substr($elf, 54, 4));
	my ($low, $high, @load) = (~0, 0);
	for my $i (0 .. $phnum - 1) {
		my ($type, $flags, $off, $vaddr, $paddr, $filesz, $memsz) =
			unpack("L<L<Q<Q<Q<Q<Q<", substr($elf, $phoff + $i * $phsize, 56));
		next unless $type == 1;
		push @load, [$off, $paddr, $filesz];
		$low = $paddr if $paddr < $low;
		$high = $paddr + $memsz if $paddr + $memsz > $high;
	}
	return ($entry, $low, $high, @load);
}

# boot_params: the setup header of the bzImage, with an unknown loader's fields set
sub boot_params {
	my ($bz, $initrd_size) = @_;
	die "no setup header\n" unless substr($bz, 0x202, 4) eq "HdrS";
	my $zp = "\0" x 4096;
	my $end = 0x202 + ord substr($bz, 0x201, 1);
	substr($zp, 0x1f1, $end - 0x1f1) = substr($bz, 0x1f1, $end - 0x1f1);
	substr($zp, 0x1fa, 2) = pack("S<", 0xffff);                 # vid_mode: normal
	substr($zp, 0x210, 2) = pack("CC", 0xff, 1);                # loader, loaded high
	substr($zp, 0x218, 8) = pack("L<L<", $initrd_size ? $INITRD : 0, $initrd_size);
	substr($zp, 0x228, 4) = pack("L<", $BLOCK + 0x2000);        # command line
	return $zp;
}

# identity_map: PML4, PDPT and 4 page directories of 2 MiB pages
sub identity_map {
	my $at = $BLOCK + 0x3000;
	my $pml4 = pad(pack("Q<", ($at + 0x1000) | 3), 4096);
	my $pdpt = pad(pack("Q<4", map { ($at + 0x2000 + $_ * 0x1000) | 3 } 0 .. 3), 4096);
	return $pml4 . $pdpt . pack("Q<2048", map { ($_ << 21) | 0x83 } 0 .. 2047);
}

my ($vmlinux, $bzimage, $initrd, $bootsector, $cmdline, $out) = @ARGV;
my $initrd_size = -s $initrd;
my $elf = slurp($vmlinux);
my ($entry, $low, $high, @load) = elf_segments($elf);
die sprintf("kernel ends at %x, above the initrd at %x\n", $high, $INITRD)
	if $initrd_size && $high > $INITRD;
die "command line too long\n" if length($cmdline) > $CMDLINE_MAX;

my $block = pad(pack("Q<", $entry), 4096) . boot_params(slurp($bzimage), $initrd_size) .
	pad($cmdline, 4096) . identity_map();

my $block_n   = length($block) / $SECTOR;
my $kernel_at = 1 + $block_n;
my $kernel_n  = int(($high - $low + $SECTOR - 1) / $SECTOR);
my $initrd_at = $kernel_at + $kernel_n;
my $initrd_n  = int(($initrd_size + $SECTOR - 1) / $SECTOR);

my $sector = slurp($bootsector);
die "boot sector has not $SECTOR bytes\n" unless length($sector) == $SECTOR;
substr($sector, 0x1c0, 36) = pack("L<9", 1, $block_n, $BLOCK,
	$kernel_at, $kernel_n, $low, $initrd_at, $initrd_n, $INITRD);

open(my $disk, ">:raw", $out) or die "$out: $!\n";
print $disk $sector, $block;
for (@load) {
	my ($off, $paddr, $size) = @$_;
	seek($disk, $kernel_at * $SECTOR + $paddr - $low, 0);
	print $disk substr($elf, $off, $size);
}
seek($disk, $initrd_at * $SECTOR, 0);
print $disk slurp($initrd);

my $cylinder = 16 * 63;
my $cylinders = int(($initrd_at + $initrd_n + $cylinder - 1) / $cylinder);
truncate($disk, $cylinders * $cylinder * $SECTOR);
close($disk) or die "$out: $!\n";
print "$cylinders\n";
