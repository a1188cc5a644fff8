# catena - build, test, install. `make` builds, `make run` serves, `make test` proves.
#
# A file is found by where it lies:
#   lib/**.c resolver/**.c          the library, the program (resolver/cli/main.c holds main)
#   tests/unit/**/test_*.c          one binary; `Suite *x_suite(void)` alone on a line registers
#   tests/support/*.c               helpers that every test, lab and bench program may call
#   tests/sim/**.c                  one binary, the simulator
#   tests/scenario/player/*.c       one binary, build/scenario; it plays tests/scenario/**.rpl
#   tests/fuzz/fz_X.c               a fuzz target each; its corpus is tests/fuzz/corpus/fz_X/
#   tests/tsan/X.c                  a CK_NOFORK program each, under ThreadSanitizer
#   tests/lab/X.c tests/bench/X.c   a small program each: build/lab/X, build/bench/X
#   tests/lab/run, tests/lab/demo, tests/bench/run, tests/long/X   scripts, called where they exist
BUILD = build
SAN = address,undefined
PREFIX = /usr/local
T = 60
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))

# Flags. NDEBUG is never defined: assert guards memory in release builds too (STYLE.md, ruling B26).
try = $(shell $(CC) $(1) -Werror -x c -c -o /dev/null /dev/null 2>/dev/null && echo $(1))
PKGS = libuv openssl ldns yaml-0.1
BASE := -std=c11 -D_GNU_SOURCE -pthread -I. -I$(BUILD)/gen $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
# gcc 12 takes a list head on the stack for dangling: it cannot see that the list was emptied.
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith \
        -Wwrite-strings -Wformat=2 -Wundef $(call try,-Wno-dangling-pointer)
ZERO_INIT := $(call try,-ftrivial-auto-var-init=zero)
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE -Wframe-larger-than=65536 \
          $(call try,-fstack-clash-protection) $(call try,-fcf-protection=full)
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
CHECK := $(shell pkg-config --libs check 2>/dev/null) -Wl,--wrap=time

TESTING = -O1 -g -fno-omit-frame-pointer -DCATENA_TESTING
FLAGS_release = -O2 -g $(HARDEN) $(ZERO_INIT)
FLAGS_san = $(TESTING) -fsanitize=$(SAN) -fno-sanitize-recover=all
FLAGS_tsan = $(TESTING) -fsanitize=thread
FLAGS_debug = $(TESTING)
FLAGS_fuzz = $(TESTING) -Wno-unknown-warning-option -fsanitize=fuzzer-no-link,$(SAN) -fno-sanitize-recover=all
CC_fuzz = clang
LINK_release = -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack

LIB := $(wildcard lib/*.c lib/*/*.c)
MAIN := $(wildcard resolver/cli/main.c)
RESOLVER := $(filter-out $(MAIN),$(wildcard resolver/*.c resolver/*/*.c))
PLAYER := $(wildcard tests/scenario/player/main.c)
SUPPORT := $(wildcard tests/support/*.c) $(filter-out $(PLAYER),$(wildcard tests/scenario/player/*.c))
UNIT := $(wildcard tests/unit/*.c tests/unit/*/*.c)
SIM := $(wildcard tests/sim/*.c tests/sim/*/*.c)
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fz_*.c))
TSAN := $(patsubst tests/tsan/%.c,$(BUILD)/tsan/%,$(wildcard tests/tsan/*.c))
TOOLS := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/lab/*.c tests/bench/*.c))
GEN := $(patsubst trust-anchors/root.%,$(BUILD)/gen/root_%.inc,$(wildcard trust-anchors/root.*)) $(BUILD)/gen/build_date.inc
SUITES := $(BUILD)/gen/tests/unit/suites.h
SOURCES := $(wildcard $(foreach d,lib resolver tests,$(d)/*.[ch] $(d)/*/*.[ch] $(d)/*/*/*.[ch]))
SAN_TESTS := $(if $(UNIT),$(BUILD)/san/unit) $(if $(SIM),$(BUILD)/san/sim)
LAB := $(and $(MAIN),$(wildcard tests/lab/run))
OUT := $(abspath $(BUILD))

all: $(MAIN:%.c=$(BUILD)/catena) $(BUILD)/release/libcatena.a

FAST = $(MAKE) -s --no-print-directory -j$(shell nproc)
IPV6 = $(shell grep -qs '^0\{31\}1 ' /proc/net/if_inet6 && echo ', "[::1]:5300"')
run:
	@scripts/deps run && $(FAST) all
	@$(BUILD)/catena serve -o 'listen=["127.0.0.1:5300"$(IPV6)]' $(ARGS)
test:
	@scripts/deps test && $(FAST) test-build && $(MAKE) --no-print-directory test-run
test-long:
	@scripts/deps long && $(FAST) test-build $(BUILD)/debug/unit
	@scripts/tally '$(MAKE) --no-print-directory test-run' $(sort $(wildcard tests/long/*))
test-build: all $(SAN_TESTS) $(PLAYER:%.c=$(BUILD)/san/scenario) $(FUZZ:%=$(BUILD)/san/%) $(TSAN) $(TOOLS) $(MAIN:%.c=$(BUILD)/san/catena)
# Each part prints its own `N passed, N failed`; tally's last line is their sum. ThreadSanitizer
# wants a fixed address layout: newer kernels randomise more bits than it can map.
FIXED = $(shell setarch -R true 2>/dev/null && echo setarch -R)
test-run: export CK_TIMEOUT_MULTIPLIER = 10
test-run: export UBSAN_OPTIONS = print_stacktrace=1
test-run:
	@scripts/tally $(foreach s,check-layers check-style rfc-index tally,'scripts/$(s) --selftest') 'BUILD=$(OUT) scripts/check-send --selftest' $(SAN_TESTS) \
	  '$(BUILD)/san/scenario --own tests/scenario/*/*.rpl' 'tests/scenario/controls $(BUILD)/san/scenario tests/scenario/*/*.rpl' $(foreach f,$(FUZZ),'$(BUILD)/san/$(f) tests/fuzz/corpus/$(f)') \
	  $(TSAN:%='$(FIXED) %') $(LAB:%='BUILD=$(OUT) CATENA=$(OUT)/san/catena % test')
unit sim: %: $(BUILD)/san/%
	@CK_TIMEOUT_MULTIPLIER=10 $< $(ARGS)
fuzz:
	@scripts/deps fuzz && $(FAST) $(FUZZ:%=$(BUILD)/fuzz/%)
	@scripts/tally $(foreach f,$(FUZZ),'scripts/fuzz $(BUILD)/fuzz/$(f) $(T)')
lab demo attack-lab soak:
	@scripts/deps test && $(FAST) all $(TOOLS)
	@BUILD=$(OUT) CATENA=$(OUT)/catena tests/lab/$(or $(patsubst attack-lab,attack --seconds 60,$(filter-out lab,$@)),run up) $(ARGS)
bench:
	@scripts/deps bench && $(FAST) all $(TOOLS)
	@BUILD=$(OUT) CATENA=$(OUT)/catena tests/bench/run $(ARGS)
# CHANGED=1 or CHANGED=COMMIT: clang-format, clang-tidy and cppcheck see only what changed since.
lint:
	@scripts/deps lint && $(FAST) $(GEN) $(SUITES)
	@scripts/lint '$(CC) $(BASE) $(WARN)' $(if $(CHANGED),$$(scripts/changed $(CHANGED)),$(SOURCES))
format:
	@scripts/deps lint && clang-format -i $(SOURCES)
install: all
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin lib include)
	install -m 755 $(BUILD)/catena $(DESTDIR)$(PREFIX)/bin/ && scripts/package/manuals $(BUILD)/catena $(DESTDIR)$(PREFIX)/share/man
	install -m 644 $(BUILD)/release/libcatena.a $(DESTDIR)$(PREFIX)/lib/
	$(if $(wildcard lib/catena.h),install -m 644 lib/catena.h $(DESTDIR)$(PREFIX)/include/)
clean:; rm -rf $(BUILD)

# Each variant compiles every source into a folder of its own; changed flags compile anew.
objects = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))
archives = $(BUILD)/$(1)/support.a $(BUILD)/$(1)/resolver.a $(BUILD)/$(1)/libcatena.a
link = @mkdir -p $(@D); echo '  link $@'; $(or $(CC_$(1)),$(CC)) -pthread $(FLAGS_$(1)) $(CFLAGS) \
       -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LINK_$(1)) $(LDFLAGS) $(LIBS)
define variant
$(BUILD)/$(1)/flags: FORCE | libraries
	@mkdir -p $$(@D); echo '$$(or $$(CC_$(1)),$$(CC)) $$(BASE) $$(WARN) $$(FLAGS_$(1)) $$(CFLAGS)' >$$@.new
	@cmp -s $$@.new $$@ && rm $$@.new || mv $$@.new $$@
$(BUILD)/$(1)/%.o: %.c $(BUILD)/$(1)/flags | $(GEN) $(SUITES)
	@mkdir -p $$(@D)
	@echo '  $(1) $$<'; $$(or $$(CC_$(1)),$$(CC)) $$(BASE) $$(WARN) $$(FLAGS_$(1)) $$(CFLAGS) -MMD -MP -c -o $$@ $$<
$(BUILD)/$(1)/libcatena.a: $(call objects,$(1),$(LIB))
$(BUILD)/$(1)/resolver.a: $(call objects,$(1),$(RESOLVER))
$(BUILD)/$(1)/support.a: $(call objects,$(1),$(SUPPORT))
$(call archives,$(1)):
	@mkdir -p $$(@D); rm -f $$@; $$(AR) rcs $$@ $$^
$(BUILD)/$(1)/catena: $(call objects,$(1),$(MAIN)) $(filter-out %/support.a,$(call archives,$(1)))
	$$(call link,$(1))
$(BUILD)/$(1)/unit: $(call objects,$(1),$(UNIT))
$(BUILD)/$(1)/sim: $(call objects,$(1),$(SIM))
$(BUILD)/$(1)/scenario: $(call objects,$(1),$(PLAYER))
$(addprefix $(BUILD)/$(1)/,unit sim scenario): $(call archives,$(1))
	$$(call link,$(1)) $$(CHECK)
endef
$(foreach v,release san tsan debug fuzz,$(eval $(call variant,$(v))))

$(BUILD)/catena $(BUILD)/scenario: $(BUILD)/%: $(BUILD)/release/% ; @ln -f $< $@
$(BUILD)/san/fz_%: $(BUILD)/san/tests/fuzz/fz_%.o $(BUILD)/san/tests/fuzz/replay.o $(call archives,san)
	$(call link,san)
$(BUILD)/fuzz/fz_%: $(BUILD)/fuzz/tests/fuzz/fz_%.o $(call archives,fuzz)
	$(call link,fuzz) -fsanitize=fuzzer
$(TSAN): $(BUILD)/tsan/%: $(BUILD)/tsan/tests/tsan/%.o $(call archives,tsan)
	$(call link,tsan) $(CHECK)
$(TOOLS): $(BUILD)/%: $(BUILD)/release/tests/%.o $(call archives,release)
	$(call link,release)
$(BUILD)/gen/root_%.inc: trust-anchors/root.% scripts/embed
	@mkdir -p $(@D); scripts/embed $< >$@
$(BUILD)/gen/build_date.inc: FORCE ; @mkdir -p $(@D); scripts/build-date $@
$(SUITES): FORCE
	@mkdir -p $(@D); scripts/suites $(@D) $(UNIT)
libraries:
	@pkg-config --exists --print-errors $(PKGS) || { echo '`scripts/deps run` installs them' >&2; exit 1; }

.PHONY: all run test test-long test-build test-run unit sim fuzz lab demo attack-lab soak bench lint format install clean libraries FORCE
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
