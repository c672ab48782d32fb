#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# tlfs-rows.pl msrs|calls|bits: a table of docs/tlfs.md, from the rows of the source.
# Runs in the top directory.
use strict;
use warnings;
no warnings "portable"; # 64-bit numbers

sub slurp {
	my ($path) = @_;
	local $/;
	open(my $f, "<", $path) or die "$path: $!\n";
	my $text = <$f>;
	$text =~ s{/\*.*?\*/}{}gs;
	return $text;
}

# all numbers of include/hv
my %num;
sub defines {
	my ($path) = @_;
	for (split /\n/, slurp($path)) {
		next unless /^#define\s+(HV\w+)\s+(.+?)\s*$/;
		my ($name, $val) = ($1, $2);
		$val =~ s/HV_BIT_FEATURES_EDX\((\d+)\)/64 + $1/e;
		$val =~ s/HV_BIT_HINTS\((\d+)\)/96 + $1/e;
		$val =~ s/HV_BIT_VS_PROPERTIES\((\d+)\)/160 + $1/e;
		$val =~ s/HV_BIT_NESTED\((\d+)\)/192 + $1/e;
		$num{$name} = $val =~ /^0x/ ? hex($val =~ s/u?l?l?$//r) : eval($val =~ s/u?l?l?$//r)
			if $val =~ /^(0x[0-9a-f]+u?l?l?|[\d +]+)$/;
	}
}
defines($_) for qw(include/hv/hv_discovery.h include/hv/hv_msr.h include/hv/hv_hypercall.h);

# number(NAME): no row may name what has no number
sub number {
	my ($name) = @_;
	die "$name has no number in include/hv\n" unless defined $num{$name};
	return $num{$name};
}

# fields of one initialiser
sub fields {
	my ($body) = @_;
	my %f;
	$f{$1} = $2 while $body =~ /\.(\w+) = ((?:[^,()"]|\([^)]*\)|"[^"]*")+?)\s*(?=,|$)/g;
	s/\s+/ /g for values %f;
	return \%f;
}

# rows FILE: [first name, last name, fields] of an array indexed by number
sub rows {
	my ($path) = @_;
	my @rows;
	my $text = slurp($path);
	while ($text =~ /^\t\[(HV\w+)[^\]]*?(?:\.\.\.\s+(HV\w+)[^\]]*)?\] = \{(.*?)^\t\},/gms) {
		push @rows, [$1, $2 // $1, fields($3)];
	}
	return @rows;
}

my @msrs = rows("hvemu/tlfs.c");
my @calls = rows("hvemu/hypercall/table.c");
slurp("hvemu/hypercall/table.c") =~ /ext_row = \{(.*?)^\};/ms or die "no ext_row\n";
push @calls, ["HVEXTCALL_QUERY_CAPABILITIES", "HVEXTCALL_LAST", fields($1)];

# tests NAME...: programs and unit tests that use one of the names
my %source;
for my $path (glob("selftests/*_test.c"), glob("selftests/unit/test_*.c")) {
	my $name = $path =~ s{^selftests/|\.c$}{}gr;
	$source{$name} = slurp($path);
}
sub tests {
	my @names = @_;
	my @found = grep {
		my $text = $source{$_};
		grep { $text =~ /\b$_\b/ } @names;
	} sort keys %source;
	return join(", ", @found);
}

# in_tests ROW: what tests call it by
sub in_tests {
	my ($first, $last) = @_;
	my @names = ($first);
	for my $n (keys %num) {
		push @names, $n if $n =~ /^HV_X64_MSR/ && $first =~ /^HV_X64_MSR/ &&
			$num{$n} >= number($first) && $num{$n} <= number($last);
	}
	return @names;
}

sub gate_name {
	my ($gate) = @_;
	return $gate eq "HVE_GATE_HV1" ? "" : $gate;
}

if ($ARGV[0] eq "msrs") {
	print "| number | MSR | guest | one per | needs | tests |\n|---|---|---|---|---|---|\n";
	for my $row (sort { number($a->[0]) <=> number($b->[0]) } @msrs) {
		my ($first, $last, $f) = @$row;
		my $where = sprintf("0x%08x", number($first));
		$where .= sprintf("-%02x", number($last) & 0xff) if $first ne $last;
		my $short = $first =~ s/^HV_X64_MSR_//r;
		$short .= " to " . ($last =~ s/^HV_X64_MSR_//r) if $first ne $last;
		my $access = ($f->{read} ? "R" : "") . ($f->{write} ? "W" : "");
		my $scope = $f->{partition_wide} ? "partition" : "VP";
		print "| $where | $short | $access | $scope | ",
			join(", ", grep { $_ } $f->{gate}, $f->{gate2}), " | ",
			tests(in_tests($first, $last)), " |\n";
	}
} elsif ($ARGV[0] eq "calls") {
	print "| code | call | form | needs | served | tests |\n|---|---|---|---|---|---|\n";
	for my $row (sort { number($a->[0]) <=> number($b->[0]) } @calls) {
		my ($first, $last, $f) = @$row;
		my $code = sprintf("0x%04x", number($first));
		$code .= sprintf("-%04x", number($last)) if $first ne $last;
		my $flags = $f->{flags} // "";
		my @form = ($flags =~ /_REP\b/ ? "rep" : "simple");
		push @form, "variable header" if $flags =~ /_VAR\b/;
		push @form, "fast too" if $flags =~ /_FAST\b/;
		my @gates = grep { $_ } map { gate_name($_) } $f->{gate}, $f->{gate2};
		my $served = $flags =~ /TO_VMM/ ? "by the VMM" : $flags =~ /WINDOW/ ? "in the window" : "outside";
		my $name = $f->{name} =~ s/"//gr;
		@form = ("any") if $flags =~ /TO_VMM/;
		print "| $code | $name | ", join(", ", @form), " | ", join(", ", @gates) || "Hv#1", " | $served | ",
			tests($first, $first =~ /^HVEXT/ ? "0x8001" : ()), " |\n";
	}
} elsif ($ARGV[0] eq "bits") {
	my (%opens, %free);
	for my $row (@msrs) {
		for my $gate (grep { $_ } $row->[2]{gate}, $row->[2]{gate2}) {
			push @{ $opens{$gate} }, $row->[0] =~ s/^HV_X64_MSR_//r . ($row->[0] ne $row->[1] ? ".." : "");
		}
	}
	for my $row (@calls) {
		for my $gate ($row->[2]{gate}, $row->[2]{gate2}) {
			push @{ $opens{$gate} }, $row->[2]{name} =~ s/"//gr if gate_name($gate);
		}
	}
	slurp("hvemu/partition/discovery.c") =~ /features_without_row\[\] = \{(.*?)\}/s or die "no features\n";
	$free{$_} = 1 for $1 =~ /(HV\w+)/g;
	$opens{$_} //= [] for keys %free;
	my @regs = ("0x40000003 EAX", "0x40000003 EBX", "0x40000003 EDX", "0x40000004 EAX",
		"", "0x40000082 EAX", "0x4000000a EAX");
	print "| leaf | bit | name | opens |\n|---|---|---|---|\n";
	for my $gate (sort { number($a) <=> number($b) } keys %opens) {
		my $n = number($gate);
		print "| $regs[$n / 32] | ", $n % 32, " | $gate | ", join(", ", @{ $opens{$gate} }), " |\n";
	}
} else {
	die "usage: tlfs-rows.pl msrs|calls|bits\n";
}
