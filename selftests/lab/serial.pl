#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# serial.pl DIR ECHO: reads the lab's serial line from DIR/serial.fifo until the end of
# the run and writes
#   DIR/serial.log   the lines; DIR/serial.ts: the same with wall seconds
#   DIR/status       the number of "LAB-EXIT: N"
#   DIR/trouble      what the kernel complained about
#   DIR/NAME         what came between "LAB-FILE NAME" and "LAB-FILE-END", in base64
# ECHO: all, tests (lines of test results), guest (lines that begin with ">") or none.
use strict;
use warnings;
use IO::Handle;
use MIME::Base64;
use Time::HiRes qw(time);

my ($dir, $echo) = @ARGV;

# A line of the host kernel that no test may cause. Lines that begin with ">" are a
# guest's and are not looked at.
my $stamp = qr/^[^>]*\[ *\d+\.\d{6}\] /;
my $trouble = qr/${stamp}(?:.*\b(?:BUG|WARNING|UBSAN|KASAN|KCSAN|KFENCE|Oops|kmemleak):
	|.*cut\ here|.*general\ protection|.*Kernel\ panic|.*rcu.*stall|.*blocked\ for\ more\ than
	|.*possible\ (?:recursive|circular|irq).*|.*unchecked\ MSR|.*scheduling\ while\ atomic
	|.*suspicious\ RCU|.*refcount_t:|.*held\ lock|.*double\ fault|.*Bad\ page|.*Objects\ remaining)/x;

my %out;
for (qw(serial.log serial.ts trouble)) {
	open($out{$_}, ">", "$dir/$_") or die "$dir/$_: $!\n";
	$out{$_}->autoflush(1);
}
STDOUT->autoflush(1);

my $start = time;
my $booted = 0;
my ($file, $contents);

sub finish {
	my ($status) = @_;
	if (defined $status) {
		open(my $f, ">", "$dir/status") or die "$dir/status: $!\n";
		print $f "$status\n";
	}
	exit 0;
}

sub show {
	my ($line) = @_;
	return if $echo eq "none";
	if ($echo eq "guest") {
		print substr($line, 2), "\n" if $line =~ /^> /;
		return;
	}
	if ($echo eq "tests") {
		print "$line\n" if $line =~ /^(?:not ok |ok |1\.\.|# |Bail out!)/;
		return;
	}
	printf "[%7.2f] %s\n", time - $start, $line;
}

# a line of a file; false: it is none
sub in_file {
	my ($line) = @_;
	if (!defined $file) {
		return 0 unless $line =~ /^LAB-FILE ([\w.]+)$/;
		($file, $contents) = ($1, "");
	} elsif ($line =~ /^LAB-FILE-END/) {
		open(my $f, ">:raw", "$dir/$file") or die "$dir/$file: $!\n";
		print $f decode_base64($contents);
		undef $file;
	} elsif ($line =~ m{^[A-Za-z0-9+/=]+$}) {
		$contents .= $line;
	} else {
		return 0; # the kernel's, in between
	}
	return 1;
}

sub line {
	my ($line) = @_;
	$line =~ s/\r//g;
	return if in_file($line);
	print { $out{"serial.log"} } "$line\n";
	printf { $out{"serial.ts"} } "[%7.2f] %s\n", time - $start, $line;
	show($line);
	if ($line =~ /LAB-INIT/) {
		die "serial.pl: the machine was reset\n" if $booted++;
	}
	print { $out{trouble} } "$line\n" if $booted && $line =~ $trouble;
	finish($1) if $line =~ /LAB-EXIT: (\d+)/;
	finish() if $line =~ /end Kernel panic/;
}

open(my $fifo, "<", "$dir/serial.fifo") or die "$dir/serial.fifo: $!\n";
my $rest = "";
while (sysread($fifo, my $chunk, 4096)) {
	$rest .= $chunk;
	line($1) while $rest =~ s/^([^\n]*)\n//;
}
line($rest) if length $rest;
