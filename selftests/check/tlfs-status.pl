#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# tlfs-status.pl MODE: what the rows of selftests/status say.
#
#   doc          docs/tlfs-status.md
#   problems     what is wrong with the rows, and tests they name that no source has
#   traps        traps without a test, and tests of traps that are not in the list
#   jobs         jobs of run.sh that have all the tests of the rows
#   ran DIR      tests that did not pass in the logs of DIR
use strict;
use warnings;
use FindBin;

chdir "$FindBin::Bin/../.." or die "no top directory\n";
require "./selftests/check/tests.pl";

my $ROWS = "selftests/status/tlfs-rows.tsv";
my $TRAPS = "selftests/status/traps.tsv";
my $CLASSES = "vsm|nested|host|arch";

my (@areas, @rows, @traps, @bad);

sub read_rows {
	my ($n, $area, %seen) = (0);
	for (split /\n/, slurp($ROWS)) {
		$n++;
		if (/^## (A\d+) (.+)$/) {
			$area = { id => $1, title => $2 };
			push @areas, $area;
			next;
		}
		next if /^#|^$/;
		my @f = split /\t/, $_, -1;
		my %row = (where => "$ROWS:$n", area => $area);
		@row{qw(id feature form state proof)} = @f;
		my $ok = @f == 5 && $area && $row{id} =~ /^$area->{id}\.\d+$/ && $row{feature} =~ /\w/ &&
			$row{state} =~ /^(yes|no)$/ && $row{proof} =~ /\w/;
		push @bad, "$row{where}: not a row: $_" unless $ok;
		next unless $ok;
		push @bad, "$row{where}: $row{id} for the second time" if $seen{ $row{id} }++;
		push @bad, "$row{where}: no class later:$1"
			if $row{state} eq "no" && $row{proof} =~ /^later:(\w*)/ && $1 !~ /^($CLASSES)$/;
		$row{tests} = [split /; /, $row{proof}] if $row{state} eq "yes";
		push @rows, \%row;
	}
}

sub read_traps {
	my $n = 0;
	for (split /\n/, slurp($TRAPS)) {
		$n++;
		next if /^#|^$/;
		if (!/^(\d+)\t([^\t]+)(?:\t(later:(?:vsm|nested)))?$/) {
			push @bad, "$TRAPS:$n: not a row: $_";
			next;
		}
		push @bad, "$TRAPS:$n: trap " . (@traps + 1) . " is missing" if $1 != @traps + 1;
		push @traps, { n => $1, text => $2, later => $3 };
	}
}

# trap number => tests, from the sources
sub trap_tests {
	my %tests;
	my @programs = map { s{^selftests/|\.c$}{}gr }
		glob("selftests/*_test.c"), glob("selftests/unit/*.c");
	for my $program (@programs) {
		for my $result (results_of($program)) {
			next unless $result =~ /^trap (\d+(?:, \d+)*): (.*)/;
			push @{ $tests{$_} }, "$program: $2" for split /, /, $1;
		}
	}
	return %tests;
}

sub problems {
	print "$_\n" for @bad;
	for my $row (@rows) {
		for my $test (@{ $row->{tests} // [] }) {
			my $problem = test_problem($test);
			print "$row->{where}: $problem\n" if $problem;
		}
	}
}

sub traps {
	my %tests = trap_tests();
	for my $trap (@traps) {
		print "trap $trap->{n} has no test: $trap->{text}\n"
			if !$tests{ $trap->{n} } && !$trap->{later};
		delete $tests{ $trap->{n} };
	}
	print "no trap $_, but a test: @{ $tests{$_} }\n" for sort keys %tests;
}

sub ran {
	my ($dir) = @_;
	my ($passed, $failed) = results_of_run($dir);
	for my $row (@rows) {
		for my $test (@{ $row->{tests} // [] }) {
			my $problem = run_problem($test, $passed, $failed);
			print "$row->{id} $row->{feature}: $problem\n" if $problem;
		}
	}
}

sub jobs {
	my %jobs;
	for my $row (@rows) {
		$jobs{ job_of($_ =~ s/: .*//r) } = 1 for @{ $row->{tests} // [] };
	}
	print "$_\n" for sort keys %jobs;
}

sub share {
	my ($yes, $all) = @_;
	return $all ? sprintf("%.0f %%", int(100 * $yes / $all)) : "-";
}

# cells FEATURE...: as a table's row
sub cells { print "| ", join(" | ", map { s/\|/\\|/gr } @_), " |\n" }

sub doc_totals {
	my %sum;
	print "| area | rows | yes | of these | a guest partition's | yes | of these |\n|---|---|---|---|---|---|---|\n";
	for my $area (@areas) {
		my @in = grep { $_->{area} == $area } @rows;
		my @guest = grep { $_->{state} eq "yes" || $_->{proof} !~ /^later:/ } @in;
		my @n = map { my $list = $_; (scalar @$list, scalar grep { $_->{state} eq "yes" } @$list) } \@in, \@guest;
		$sum{$_} += $n[$_] for 0 .. 3;
		cells("$area->{id} $area->{title}", @n[0, 1], share(@n[1, 0]), @n[2, 3], share(@n[3, 2]));
	}
	cells("**all**", $sum{0}, $sum{1}, share($sum{1}, $sum{0}), $sum{2}, $sum{3}, share($sum{3}, $sum{2}));
	print "\n";
	my %why;
	$why{ $_->{proof} =~ /^later:(\w+)/ ? $1 : "other" }++ for grep { $_->{state} eq "no" } @rows;
	print "Rows that are no, by reason: ", join(", ", map { ($_ eq "other" ? "" : "later:") . "$_ $why{$_}" } sort keys %why), ".\n";
}

sub doc {
	print <<'EOT';
# How much of the TLFS there is

Made by `selftests/check/tlfs-status.sh --write` from selftests/status/tlfs-rows.tsv and
selftests/status/traps.tsv; `make check` compares it, and looks for each test in the sources.
After a run of all suites `selftests/run.sh` compares it with what has passed.

Each row is a feature of the specification. *yes*: the code does what the text says, and the tests
named show it. The rows of a guest partition are those that need neither virtual secure mode
(`later:vsm`), nested virtualization (`later:nested`), a root or parent partition (`later:host`)
nor another architecture (`later:arch`).

EOT
	doc_totals();
	for my $area (@areas) {
		print "\n## $area->{id} $area->{title}\n\n| | feature | number, form | | tests, or why not |\n|---|---|---|---|---|\n";
		for my $row (grep { $_->{area} == $area } @rows) {
			my $proof = $row->{tests} ? join("<br>", @{ $row->{tests} }) : $row->{proof};
			cells(@{$row}{qw(id feature form state)}, $proof);
		}
	}
	my %tests = trap_tests();
	print "\n## Traps\n\nBehaviours that are easily got wrong. The results of these tests begin with the trap's number.\n\n";
	print "| | behaviour | tests |\n|---|---|---|\n";
	for my $trap (@traps) {
		cells($trap->{n}, $trap->{text}, join("<br>", @{ $tests{ $trap->{n} } // [$trap->{later} // "none"] }));
	}
}

read_rows();
read_traps();
my $mode = shift // "";
my %modes = (doc => \&doc, problems => \&problems, traps => \&traps, ran => \&ran, jobs => \&jobs);
die "usage: tlfs-status.pl doc|problems|traps|jobs|ran DIR\n" unless $modes{$mode};
$modes{$mode}->(@ARGV);
