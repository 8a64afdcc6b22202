# SPDX-License-Identifier: GPL-2.0-or-later
# forkpath - one file, no recursion, no configure. `make help` lists targets.
#
# lib/ and bench/ need libc alone and link statically; runner/, analysis/ and
# anatomy/ are ordinary programs. A new bench/NAME.c or workloads/NAME.c is found by
# its name.

# ARCH=arm64: programs for guests of another architecture, into a folder of
# their own, with the libraries of its packages.
ifeq ($(ARCH),arm64)
CC	:= aarch64-linux-gnu-gcc
AR	:= aarch64-linux-gnu-ar
B	:= build/arm64
makes	:= $(or $(shell $(CC) -dumpmachine 2>/dev/null),nothing)
ifeq ($(filter aarch64%,$(makes)),)
$(error CC=$(CC): compiles for $(makes), expected aarch64)
endif
SYSROOT	:= $(patsubst sysroot=%,%,$(shell lab/kernel --arch arm64 libraries))
CPPFLAGS += -isystem $(SYSROOT)/usr/include -isystem $(SYSROOT)/usr/include/aarch64-linux-gnu
LDFLAGS	+= -L$(SYSROOT)/usr/lib/aarch64-linux-gnu
else ifneq ($(ARCH),)
$(error ARCH=$(ARCH): expected arm64 or nothing, for what this machine is)
else
CC	?= cc
B	:= build
endif
CFLAGS	?= -O2 -g
WARN	:= -Wall -Wextra -Wshadow -Wmissing-prototypes $(if $(WERROR),-Werror)
CPPFLAGS += -Ilib -MMD -MP
ALL_CFLAGS = -std=gnu11 -ffunction-sections -fdata-sections $(WARN) $(CFLAGS)
# What forks must be small, and one file must be enough to carry.
STATIC	:= -static -Wl,--gc-sections,--strip-debug
RUNNER_LIBS   := $(LDFLAGS) -linih -ljansson -lhwloc -lpfm -lm
ANALYSIS_LIBS := $(LDFLAGS) -linih -ljansson -lgsl -lgslcblas -lm

# `make` names what it makes, `make V=1` shows how, `make -s` is silent.
silent	:= $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say	= $(if $(V),,@$(if $(silent),,printf '  %-5s %s\n' $(1) $(2);))

# A release has a file of it; a git around it is somebody else's.
VERSION	:= $(shell cat VERSION 2>/dev/null || { [ -e .git ] && \
	     git describe --always --dirty --abbrev=12 2>/dev/null; } || echo unknown)

lib	:= $(patsubst %.c,$(B)/%.o,$(wildcard lib/*.c)) $(B)/lib/version.o
benches	:= $(patsubst %.c,$(B)/%,$(wildcard bench/*.c))
stress	:= $(patsubst %.c,$(B)/%,$(wildcard bench/stress/*.c))
loads	:= $(patsubst %.c,$(B)/%,$(wildcard workloads/*.c))
common	:= $(patsubst %.c,$(B)/%.o,$(wildcard common/*.c))
runner	:= $(patsubst %.c,$(B)/%.o,$(wildcard runner/*.c))
# Layers, the lowest first.
layers	:= analysis/model analysis/stats analysis/answer analysis/doc
analysis := $(patsubst %.c,$(B)/%.o,$(wildcard $(addsuffix /*.c,$(layers) analysis)))
anatomy	:= $(patsubst %.c,$(B)/%.o,$(wildcard anatomy/*.c))
# The lab's own part; what it shares with the runner; process 1 of a guest.
lab	:= $(patsubst %.c,$(B)/%.o,$(filter-out lab/init.c lab/absent.c lab/anatomy% lab/contention%,$(wildcard lab/*.c)))
lab_shares := $(B)/runner/folder.o $(B)/common.a
lab_guest := $(B)/lab/init $(B)/lab/forkpath-runner $(B)/lab/contention-batch
# One for each version of QEMU's interface; see lab/qemu-plugin-api.h.
plugins	:= $(patsubst %,$(B)/lab/anatomy-plugin-%.so,1 4) $(B)/lab/contention-plugin-4.so
unit	:= $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*.c))
fixtures := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c tests/gen/*.c))

programs := $(benches) $(stress) $(loads) $(if $(runner),$(B)/forkpath-runner) \
	    $(if $(analysis),$(B)/forkpath-analysis) $(B)/forkpath-anatomy $(B)/forkpath-lab $(lab_guest) \
	    $(plugins)

all: $(programs)	## everything that is needed to measure

guest: $(benches) $(stress) $(loads) $(lab_guest)	## what a guest runs
arm64:			## the same for guests of arm64
	@$(MAKE) ARCH=arm64 guest
.PHONY: guest arm64

.DELETE_ON_ERROR:
# Not .SECONDARY for all: an object whose header is gone would be up to date.
.PRECIOUS: $(B)/%.o
.PHONY: all test check clean help FORCE

# The revision is data: rebuilt only when it changes. Two makes may do it at
# the same time: run.sh calls one, and tests call run.sh.
$(B)/lib/version.c: FORCE
	@mkdir -p $(@D)
	@new=$@.$$$$; printf '%s\n' '#include "version.h"' \
	  'const char forkpath_version[] = "$(VERSION)";' > $$new; \
	cmp -s $$new $@ && rm $$new || mv $$new $@

$(B)/lib/version.o: $(B)/lib/version.c
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(B)/lab/%.o $(B)/tests/unit/lab-%.o: CPPFLAGS += -Irunner -Icommon

uses_common := $(addprefix $(B)/,$(addsuffix /%.o,common runner) \
	tests/unit/common-%.o tests/unit/runner-%.o \
	fuzz/common/%.o fuzz/runner/%.o fuzz/tests/fuzz/common-%.o \
	fuzz/tests/fuzz/runner-%.o)
$(uses_common): CPPFLAGS += -Icommon

uses_layers := $(addprefix $(B)/,$(addsuffix /%.o,analysis anatomy tests/simulate) \
	tests/unit/analysis-%.o tests/unit/anatomy-%.o \
	fuzz/analysis/%.o fuzz/anatomy/%.o \
	fuzz/tests/fuzz/analysis-%.o fuzz/tests/fuzz/anatomy-%.o)
$(uses_layers): CPPFLAGS += $(addprefix -I,common $(layers) analysis anatomy)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(B)/common.a: $(common)
	$(call say,AR,$@)rm -f $@; $(AR) rcs $@ $^

$(B)/lib.a: $(lib)
	$(call say,AR,$@)rm -f $@; $(AR) rcs $@ $^

$(B)/bench/%: $(B)/bench/%.o $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(STATIC) -o $@ $^ -lm

$(B)/workloads/%: $(B)/workloads/%.o $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(STATIC) -o $@ $^ -lm

$(B)/forkpath-runner: $(runner) $(B)/common.a $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ $(RUNNER_LIBS)

$(B)/forkpath-analysis: $(analysis) $(B)/common.a $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ $(ANALYSIS_LIBS)

# Of the layers what it calls.
$(B)/layers.a: $(filter-out $(B)/analysis/main.o,$(analysis))
	$(call say,AR,$@)rm -f $@; $(AR) rcs $@ $^

$(B)/forkpath-anatomy: $(anatomy) $(B)/layers.a $(B)/common.a $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -Wl,--gc-sections -o $@ $^ $(ANALYSIS_LIBS)

$(B)/forkpath-lab: $(lab) $(lab_shares) $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ -ljansson

$(B)/lab/init: $(patsubst %,$(B)/lab/%.o,init cpio wire) $(B)/common.a $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(STATIC) -o $@ $^

$(B)/lab/forkpath-runner: $(runner) $(B)/lab/absent.o $(B)/common.a $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(STATIC) -Wl,--wrap=dlopen -o $@ $^ $(RUNNER_LIBS)

$(B)/lab/contention-batch: $(B)/lab/contention-batch.o $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(STATIC) -o $@ $^

define plugin
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -fPIC -shared \
		-fvisibility=hidden -DQEMU_API=$* -o $@ $(filter %.c,$^)
endef

$(B)/lab/anatomy-plugin-%.so: lab/anatomy-plugin.c
	$(plugin)

$(B)/lab/contention-plugin-%.so: lab/contention-plugin.c lab/contention-arch.c lab/contention-lines.c lab/contention-points.c lab/contention-slab.c lab/contention-stack.c
	$(plugin)

# The kernel module, for the headers in KDIR; KMAKE is what make is told
# besides. The lab builds it for the kernels it boots by itself.
KDIR	?= /lib/modules/$(shell uname -r)/build
kmod:			## the kernel module, for KDIR or the kernel that runs
	@kmod/build $(KDIR) $(KMAKE)
.PHONY: kmod

# Unit tests link the shipped objects: tests/unit/AREA-NAME.c the whole of AREA
# but its main.
$(B)/tests/unit/lib-%: $(B)/tests/unit/lib-%.o $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ -lcmocka -lm

$(B)/tests/unit/lab-%: $(B)/tests/unit/lab-%.o $(filter-out %/main.o,$(lab)) $(lab_shares) $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ -lcmocka -ljansson

$(B)/tests/unit/common-%: $(B)/tests/unit/common-%.o $(B)/common.a $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ -lcmocka -linih

$(B)/tests/unit/runner-%: $(B)/tests/unit/runner-%.o $(filter-out %/main.o,$(runner)) $(B)/common.a $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ -lcmocka $(RUNNER_LIBS)

$(B)/tests/unit/analysis-%: $(B)/tests/unit/analysis-%.o $(filter-out %/main.o,$(analysis)) $(B)/common.a $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ -lcmocka $(ANALYSIS_LIBS)

$(B)/tests/unit/anatomy-%: $(B)/tests/unit/anatomy-%.o $(filter-out %/main.o,$(anatomy) $(analysis)) $(B)/common.a $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ -lcmocka $(ANALYSIS_LIBS)

# Harness tests are bench programs: shipped sources, broken on purpose.
$(B)/tests/bench/%: $(B)/tests/bench/%.o $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(STATIC) -o $@ $^ -lm

# Inside a guest: the kernel module's tests.
kmod_guest := $(B)/tests/kmod/guest
$(kmod_guest): $(B)/tests/kmod/guest.o $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(STATIC) -o $@ $^ -lm

# Inventors of input for analysis.
$(B)/tests/gen/%: $(B)/tests/gen/%.o $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ -lm

# What the verdicts are worth, by campaigns that are drawn, not measured.
$(B)/tests/simulate/simulate: $(B)/tests/simulate/simulate.o $(filter-out %/main.o,$(analysis)) $(B)/common.a $(B)/lib.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) -o $@ $^ $(ANALYSIS_LIBS)

simulate: $(B)/tests/simulate/simulate	## how often is a verdict wrong, an effect found?
	@$<
.PHONY: simulate

tests: all $(unit) $(fixtures) $(kmod_guest) $(B)/tests/simulate/simulate	## build the tests
.PHONY: tests

# As many at a time as there are CPUs, where the caller has not said how many.
jobs	= $(if $(findstring j,$(filter-out --%,$(MAKEFLAGS))),,-j $(shell nproc))

test:			## set up, build, run every test (as root: all of them)
	@./run.sh setup tests
	@$(MAKE) -s $(jobs) tests
	@bash tests/run

T	:= unit cli
golden: all $(fixtures)	## the texts of tests/cli/golden.t anew: read the difference
	@GOLDEN=1 bash tests/cli/golden.t | grep '^not ok'; git diff --stat tests/data/golden
.PHONY: golden

check:			## what needs no root and no guest, in a minute; T=NAME: that test
	@$(MAKE) -s $(jobs) tests
	@bash tests/run $(T)

# Into a tree of its own; what is found stops the program that did it.
asan:			## the unit tests with sanitizers, in build/asan; tests/slow/memory.t runs them
	@$(MAKE) -s B=$(B)/asan CFLAGS="-O1 -g -fno-omit-frame-pointer \
		-fsanitize=address,undefined -fno-sanitize-recover=all" units
units: $(unit)
.PHONY: asan units

compile_commands.json:	## for an editor's language server
	@$(MAKE) -s -n -B V=1 tests | awk -v dir="$(CURDIR)" '/ -c -o / { \
		file = $$NF; gsub(/["\\]/, "\\\\&"); \
		printf "%s{ \"directory\": \"%s\", \"command\": \"%s\", \"file\": \"%s\" }", \
			n++ ? ",\n" : "[\n", dir, $$0, file } \
		END { print "\n]" }' >$@

ROOM	= $(if $(OFFLINE),--offline) $(if $(filter command line,$(origin T)),$(T))
clean-room:		## make test where nothing was ever there (root); T=, OFFLINE=1
	@bash tests/clean-room $(ROOM)
.PHONY: clean-room

MUTANTS	?= --count 20 --rooms 1
mutants:		## do the tests notice small faults? MUTANTS="--count 200 --seed 1"; hours
	@nice -n 19 python3 tests/mutants/mutants $(MUTANTS)
.PHONY: mutants

$(B)/tests/reach/%: tests/reach/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -o $@ $< -lpthread

kill-stress: all	## kill stress tests at 100 random moments, nothing remains
	@KILL_WHAT=stress KILL_ROUNDS=100 bash tests/root/kill.t
.PHONY: kill-stress

reach: all $(patsubst %.c,$(B)/%,$(wildcard tests/reach/*.c))	## figures that were promised, measured
	@bash tests/reach/run
.PHONY: reach

peers: all $(patsubst %.c,$(B)/%,$(wildcard tests/reach/*.c))	## ours beside stress-ng and perf, in turns
	@bash tests/reach/peers
.PHONY: peers

reach-campaign: all	## a campaign of 1,000 hosts: seconds of plan, status, gather
	@bash tests/reach/campaign
.PHONY: reach-campaign

reach-fleet: all $(B)/tests/gen/results $(B)/tests/gen/cost	## 10,000 folders of 1,000 hosts: seconds of query, history, site
	@bash tests/reach/fleet
.PHONY: reach-fleet

reach-boots: all	## a campaign of 32 guests, by hand and killed: half an hour
	@bash tests/reach/boots build/boots run hand kill=30 finish
.PHONY: reach-boots

reach-contention: all	## contention: seconds, output, share of accesses that have a name
	@bash tests/reach/contention times
.PHONY: reach-contention

reach-time: all		## is --time kept? seconds that runs took
	@bash tests/reach/time
.PHONY: reach-time

reach-package:		## the package in a fresh Debian, the archive on a bare root: seconds
	@bash tests/reach/package
.PHONY: reach-package

exact-reach: all	## do ten boots of each of six kernels count the same? 20 minutes
	@bash tests/reach/exact
.PHONY: exact-reach

reach-kmod: all $(kmod_guest)	## the kernel module, ten thousand times in every kernel
	@bash tests/reach/kmod
.PHONY: reach-kmod

bench-analysis: all $(B)/tests/gen/results $(B)/tests/gen/cost	## analysis of 100 million operations: seconds, memory
	@bash tests/reach/analysis
.PHONY: bench-analysis

# One archive that measures and reports where nothing can be built or installed:
# the same programs, statically linked, at the same places. Two builds of one
# commit give the same bytes.
$(B)/dist/forkpath-analysis: $(analysis) $(B)/common.a $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(STATIC) -Wl,--no-warnings -o $@ $^ $(ANALYSIS_LIBS)

packed	= forkpath-$(VERSION)-$(if $(ARCH),aarch64,$(shell uname -m))
packs	= run.sh README.md CHANGELOG.md COPYING campaign configs contrib docs kmod lib/kmod.h
# SHARED=1, for a distribution's package: what forks stays static, the others
# take the libraries that the package depends on.
packed_runner	:= $(if $(SHARED),$(B)/forkpath-runner,$(B)/lab/forkpath-runner)
packed_analysis	:= $(if $(SHARED),$(B)/forkpath-analysis,$(B)/dist/forkpath-analysis)
dist_programs := $(benches) $(stress) $(loads) $(packed_runner) $(packed_analysis)
# Somebody's checkout may have the same name (PREFIX=~).
define no_sources # DIRECTORY
	@[ ! -e '$(1)/Makefile' ] && [ ! -e '$(1)/.git' ] || { \
		echo "$(1): has sources, nothing that make install has put there" >&2; exit 1; }
endef
# To DIRECTORY, which is new. What is tracked, so that nobody's notes come along.
define pack # DIRECTORY
	$(call no_sources,$(1))
	@umask 022; rm -rf '$(1)' && mkdir -p '$(1)/build' && \
	cp --parents $$([ -e .git ] && git ls-files --error-unmatch $(packs) \
		2>/dev/null || find $(packs) -type f) '$(1)' && \
	to=$$(readlink -f '$(1)/build') && (cd $(B) && \
		cp --parents $(patsubst $(B)/%,%,$(benches) $(stress) $(loads)) "$$to") && \
	cp $(packed_runner) $(packed_analysis) '$(1)/build' && \
	echo $(VERSION) >'$(1)/VERSION' && chmod -R u=rwX,go=rX '$(1)'
endef

dist: $(dist_programs)	## one archive for servers without a compiler
	$(call pack,$(B)/dist/$(packed))
	@mkdir -m 755 $(B)/dist/$(packed)/results
	@tar -C $(B)/dist --sort=name --mtime=@$$(git log -1 --format=%ct) --owner=0 \
		--group=0 --numeric-owner -cf $(B)/dist/$(packed).tar $(packed)
	@xz -T1 <$(B)/dist/$(packed).tar >$(B)/$(packed).tar.xz
	@rm -r $(B)/dist/$(packed) $(B)/dist/$(packed).tar
	@echo $(B)/$(packed).tar.xz
.PHONY: dist

# The same below PREFIX/lib/forkpath, without results/: those are the caller's.
PREFIX	?= /usr/local
home	= $(DESTDIR)$(PREFIX)/lib/forkpath
share	= $(DESTDIR)$(PREFIX)/share
program	= $(DESTDIR)$(PREFIX)/bin/forkpath
manual	= $(share)/man/man1/forkpath.1
bash_completion = $(share)/bash-completion/completions/forkpath
zsh_completion = $(share)/zsh/site-functions/_forkpath
installed: $(dist_programs) $(B)/man/forkpath.1
install: installed	## below PREFIX (/usr/local) and DESTDIR; make uninstall
	$(call pack,$(home))
	@umask 022; install -d "$$(dirname '$(program)')"
	@ln -sfn ../lib/forkpath/run.sh '$(program)'
	@umask 022; install -D -m 644 $(B)/man/forkpath.1 '$(manual)'
	@umask 022; install -D -m 644 configs/completion.bash '$(bash_completion)'
	@umask 022; install -D -m 644 configs/completion.zsh '$(zsh_completion)'

uninstall:		## what make install has put there
	$(call no_sources,$(home))
	@rm -rf '$(home)'
	@rm -f '$(program)' '$(manual)' '$(bash_completion)' '$(zsh_completion)'
.PHONY: installed install uninstall

# Fuzz targets: one reader each, shipped sources under sanitizers. FUZZ_RUNS
# executions of every target, from tests/data/fuzz/TARGET; what is found goes
# to build/fuzz/TARGET.new, a crash to build/fuzz/TARGET-crash-*.
FUZZ_RUNS ?= 1500000
fuzz_cc	= clang -std=gnu11 -g -O1 -Werror=incompatible-pointer-types -fno-omit-frame-pointer -fno-sanitize-recover=all
fuzzers	:= $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*.c))

$(B)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(fuzz_cc) -fsanitize=fuzzer-no-link,address,undefined \
		$(CPPFLAGS) $(WARN) -c -o $@ $<

# Archives: a target may have an err_say() or desc_get() of its own.
define fuzz_archive
$(B)/fuzz/$(1).a: $(patsubst %.c,$(B)/fuzz/%.o,$(wildcard $(addsuffix /*.c,$(2)))) $(B)/lib/version.o
	$$(call say,AR,$$@)rm -f $$@; $$(AR) rcs $$@ $$^
endef
$(foreach a,lib common runner,$(eval $(call fuzz_archive,$(a),$(a))))
$(eval $(call fuzz_archive,analysis,$(layers) analysis anatomy))

$(B)/fuzz/analysis-%: $(B)/fuzz/tests/fuzz/analysis-%.o $(B)/fuzz/analysis.a $(B)/fuzz/common.a $(B)/fuzz/lib.a
	$(call say,LD,$@)$(fuzz_cc) -fsanitize=fuzzer,address,undefined -o $@ $^ $(ANALYSIS_LIBS)

$(B)/fuzz/anatomy-%: $(B)/fuzz/tests/fuzz/anatomy-%.o $(B)/fuzz/analysis.a $(B)/fuzz/common.a $(B)/fuzz/lib.a
	$(call say,LD,$@)$(fuzz_cc) -fsanitize=fuzzer,address,undefined -o $@ $^ $(ANALYSIS_LIBS)

$(B)/fuzz/common-%: $(B)/fuzz/tests/fuzz/common-%.o $(B)/fuzz/common.a $(B)/fuzz/lib.a
	$(call say,LD,$@)$(fuzz_cc) -fsanitize=fuzzer,address,undefined -o $@ $^ -linih

$(B)/fuzz/runner-%: $(B)/fuzz/tests/fuzz/runner-%.o $(B)/fuzz/runner.a $(B)/fuzz/common.a $(B)/fuzz/lib.a
	$(call say,LD,$@)$(fuzz_cc) -fsanitize=fuzzer,address,undefined -o $@ $^ $(RUNNER_LIBS)

fuzzers: $(fuzzers)
fuzz: $(fuzzers)	## readers against arbitrary bytes, FUZZ_RUNS each
	@bash tests/fuzz/run $(FUZZ_RUNS)
.PHONY: fuzz fuzzers

# Man pages from --help: what is not there is not an option.
man := $(B)/man/forkpath.1 $(patsubst $(B)/bench/%,$(B)/man/forkpath-%.1,$(benches))
man: $(man)		## man pages, from --help
.PHONY: man

$(B)/man/forkpath.1: run.sh
	@mkdir -p $(@D)
	$(call say,MAN,$@)help2man -N -n "cost of fork and of moving thread groups" -o $@ ./run.sh

$(B)/man/forkpath-%.1: $(B)/bench/%
	@mkdir -p $(@D)
	$(call say,MAN,$@)help2man -N -n "$$($< --help | sed -n '1s/^[^ ]* - //p')" -o $@ $<

clean:			## remove everything that was built
	rm -rf $(B)

help:			## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## */  \1\t/p' $(MAKEFILE_LIST) | expand -t 14

-include $(shell find $(B) -name '*.d' 2>/dev/null)
