# SPDX-License-Identifier: GPL-2.0
# Boot sector of the lab: reads an uncompressed 64-bit Linux and its initrd from the
# first ATA disk in 32-bit PIO and enters the kernel's 64-bit entry point, so that no
# firmware disk reads and no emulated decompression are paid for.
# mkboot.pl fills the table at 0x1c0 (start sector, sectors, address; three entries)
# and makes the block at BLK:
#   BLK+0x000  u64 entry point      BLK+0x1000  boot_params (zero page)
#   BLK+0x2000 command line         BLK+0x3000  page tables (PML4 first), 4 GiB identity
	.set	BLK, 0x100000
	.set	BP, BLK + 0x1000
	.set	E820, 0x8000
	.code16
	.globl	_start
_start:	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	ljmp	$0, $1f
1:	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	movw	$E820, %di
2:	movl	$0xe820, %eax
	movl	$20, %ecx
	movl	$0x534d4150, %edx
	int	$0x15
	jc	3f
	incl	%ebp
	addw	$20, %di
	testl	%ebx, %ebx
	jnz	2b
3:	cli
	inb	$0x92, %al
	orb	$2, %al
	outb	%al, $0x92
	lgdt	gdtr
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmp	$0x08, $4f

	.code32
4:	movw	$0x18, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	%ebp, nmap
	movl	$table, %esi
entry:	lodsl
	movl	%eax, %ebx		# sector
	lodsl
	movl	%eax, %ebp		# sectors left
	lodsl
	movl	%eax, %edi		# address
cmd:	testl	%ebp, %ebp
	jz	done
	movl	$0x8000, %ecx		# at most 32768 sectors a command
	cmpl	%ecx, %ebp
	ja	5f
	movl	%ebp, %ecx
5:	movl	$0x1f2, %edx		# READ SECTORS EXT: high bytes first
	movb	%ch, %al
	outb	%al, %dx
	incl	%edx
	movl	%ebx, %eax
	shrl	$24, %eax
	outb	%al, %dx
	incl	%edx
	xorl	%eax, %eax
	outb	%al, %dx
	incl	%edx
	outb	%al, %dx
	movl	$0x1f2, %edx
	movb	%cl, %al
	outb	%al, %dx
	incl	%edx
	movl	%ebx, %eax
	outb	%al, %dx
	incl	%edx
	shrl	$8, %eax
	outb	%al, %dx
	incl	%edx
	shrl	$8, %eax
	outb	%al, %dx
	incl	%edx
	movb	$0x40, %al
	outb	%al, %dx
	incl	%edx
	movb	$0x24, %al
	outb	%al, %dx
	addl	%ecx, %ebx
	subl	%ecx, %ebp
6:	movl	$0x1f7, %edx
7:	inb	%dx, %al
	testb	$0x80, %al
	jnz	7b
	testb	$8, %al
	jz	7b
	movl	%ecx, %eax
	movl	$128, %ecx
	movl	$0x1f0, %edx
	rep	insl
	movl	%eax, %ecx
	loop	6b
	jmp	cmd
done:	cmpl	$table + 36, %esi
	jb	entry

	movl	nmap, %eax
	movb	%al, BP + 0x1e8
	leal	(%eax,%eax,4), %ecx
	movl	$E820, %esi
	movl	$BP + 0x2d0, %edi
	rep	movsl
	movl	%cr4, %eax
	orl	$0x20, %eax
	movl	%eax, %cr4
	movl	$BLK + 0x3000, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x100, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax
	movl	%eax, %cr0
	ljmp	$0x10, $8f
	.code64
8:	movl	$BP, %esi
	movq	BLK, %rax
	jmp	*%rax
	.balign	8
gdt:	.quad	0, 0x00cf9a000000ffff, 0x00af9a000000ffff, 0x00cf92000000ffff
gdtr:	.word	. - gdt - 1
	.long	gdt
nmap:	.long	0
	.org	0x1c0
table:	.org	510
	.word	0xaa55
