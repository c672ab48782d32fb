#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# kst-status.pl MODE: what the results and reasons of KVM's own selftests say.
#
#   take LOG...   new results from logs of the suite kvm-all; others stay
#   doc           docs/kvm-selftests.md
#   problems      programs without a result or a reason, reasons without a program, too few passed
use strict;
use warnings;
use FindBin;

chdir "$FindBin::Bin/../.." or die "no top directory\n";

my $RESULTS = "selftests/status/kst-results.tsv";
my $REASONS = "selftests/status/kst-reasons.tsv";
my @VERSIONS = ("7.2", "6.12");
my $WANTED = 90;	# per cent

my (%result, @reasons, @bad);

sub lines_of {
	my ($path) = @_;
	open(my $f, "<", $path) or return ();
	chomp(my @l = <$f>);
	return grep { !/^#|^$/ } @l;
}

sub read_results {
	for (lines_of($RESULTS)) {
		my ($v, $name, $what, $said) = split /\t/, $_, -1;
		if (!defined $said || $what !~ /^(pass|skip|fail|time|none)$/) {
			push @bad, "$RESULTS: not a row: $_";
			next;
		}
		$result{$v}{$name} = { what => $what, said => $said };
	}
}

# A reason is for all programs that its pattern matches: "na" they do not apply, "open" they do.
sub read_reasons {
	for (lines_of($REASONS)) {
		my ($names, $class, $title, $why) = split /\t/, $_, -1;
		if (!defined $why || $class !~ /^(na|open)$/) {
			push @bad, "$REASONS: not a row: $_";
			next;
		}
		push @reasons, { re => qr/^(?:$names)$/, class => $class, title => $title, why => $why,
				 text => $names };
	}
}

sub reason_of {
	my ($v, $name) = @_;
	for (@reasons) {
		return $_ if "$name of $v" =~ $_->{re} || $name =~ $_->{re};
	}
	return undef;
}

sub take {
	for my $log (@_) {
		open(my $f, "<", $log) or die "$log: $!\n";
		while (<$f>) {
			tr/\r\n//d;
			s/[^ -~\t]//g;
			next unless /KST\t([\d.]+)\t(\w+)\t(pass|skip|fail|time|none)\t(.*)$/;
			my ($v, $name, $what, $said) = ($1, $2, $3, $4);
			$said =~ s/^\s+|\s+$//g;
			$result{$v}{$name} = { what => $what, said => $said };
		}
	}
	open(my $out, ">", $RESULTS) or die "$RESULTS: $!\n";
	print $out "# KVM's own selftests in the lab: version, program, result, what it said\n";
	for my $v (@VERSIONS) {
		for my $name (sort keys %{ $result{$v} }) {
			my $r = $result{$v}{$name};
			print $out "$v\t$name\t$r->{what}\t$r->{said}\n";
		}
	}
}

# What counts: passed, applicable (all but those that do not apply and did not pass), all.
sub count {
	my ($v) = @_;
	my ($passed, $apply, $all) = (0, 0, 0);
	for my $name (keys %{ $result{$v} }) {
		my $why = reason_of($v, $name);
		$all++;
		if ($result{$v}{$name}{what} eq "pass") {
			$passed++;
			$apply++;
		} elsif (!$why || $why->{class} eq "open") {
			$apply++;
		}
	}
	return ($passed, $apply, $all);
}

sub percent { return $_[1] ? int(100 * $_[0] / $_[1]) : 0; }

sub doc {
	print <<"HEAD";
# KVM's own selftests

The kernel's programs for KVM (tools/testing/selftests/kvm of Linux 7.2 and 6.12, all that are built for x86), unmodified, on
/dev/hvemu in the lab. Made from `$RESULTS` and
`$REASONS` by `selftests/check/kst-status.sh --write`; the results are those of the
suite `kvm-all`, which is not in the list of suites as it takes more than an hour. The suite `kvm-selftests` runs
most of those that pass each time.

| Linux | programs | do not apply | apply | pass | |
|---|---|---|---|---|---|
HEAD
	for my $v (@VERSIONS) {
		my ($passed, $apply, $all) = count($v);
		printf "| %s | %d | %d | %d | %d | %d %% |\n", $v, $all, $all - $apply, $apply, $passed,
			percent($passed, $apply);
	}
	print "\nA program that found out by itself that something is missing \"skips\".\n";
	for my $class ("open", "na") {
		print $class eq "open" ? "\n## Do not pass\n" : "\n## Do not apply\n";
		for my $why (grep { $_->{class} eq $class } @reasons) {
			my @rows;
			for my $v (@VERSIONS) {
				for my $name (sort keys %{ $result{$v} }) {
					my $r = $result{$v}{$name};
					my $its = reason_of($v, $name);
					next if $r->{what} eq "pass" || !$its || $its != $why;
					push @rows, [$v, $name, $r];
				}
			}
			next unless @rows;
			print "\n**$why->{title}**: $why->{why}\n\n| program | Linux | result | it says |\n|---|---|---|---|\n";
			my %what = (skip => "skips", fail => "fails", time => "reaches its time limit",
				    none => "not run");
			for (@rows) {
				my ($v, $name, $r) = @$_;
				(my $said = $r->{said}) =~ s/^\S+\.[ch]:\d+: //;	# no file of ours
				$said =~ s/([|<>])/\\$1/g;
				$said = substr($said, 0, 110) . "..." if length $said > 113;
				print "| $name | $v | $what{$r->{what}} | $said |\n";
			}
		}
	}
	print "\n## Pass\n";
	for my $v (@VERSIONS) {
		my @names = sort grep { $result{$v}{$_}{what} eq "pass" } keys %{ $result{$v} };
		print "\nLinux $v: ", join(", ", @names), ".\n";
	}
}

sub problems {
	my %used;
	for my $v (@VERSIONS) {
		push @bad, "$RESULTS: nothing of Linux $v" unless %{ $result{$v} // {} };
		for my $name (sort keys %{ $result{$v} }) {
			my $why = reason_of($v, $name);
			$used{ $why->{text} }++ if $why;
			next if $result{$v}{$name}{what} eq "pass";
			push @bad, "$RESULTS: $name of $v does not pass and has no reason" unless $why;
		}
		my ($passed, $apply) = count($v);
		push @bad, "only $passed of $apply of Linux $v pass" if percent($passed, $apply) < $WANTED;
		# those that were built here are all those that have a result
		my $built = ($ENV{HVE_CACHE} // "/var/cache/hvemu") . "/kst/$v";
		next unless -d $built;
		my @have = map { s|.*/||r } grep { -x } glob("$built/*");
		for (@have) { push @bad, "$RESULTS: no result of $_ of $v" unless $result{$v}{$_}; }
	}
	for (@reasons) { push @bad, "$REASONS: nothing matches $_->{text}" unless $used{ $_->{text} }; }
	print "$_\n" for @bad;
}

my $mode = shift // "";
read_results();
read_reasons();
if ($mode eq "take") { take(@ARGV) }
elsif ($mode eq "doc") { doc() }
elsif ($mode eq "problems") { problems() }
else { die "kst-status.pl take|doc|problems\n" }
