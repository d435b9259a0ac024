# Everything one does with Daicho. `make` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build programs test unit e2e lint fmt run up down reset status demo backup restore bench asan tsan fuzz fault fault-patroni clean

JOBS ?= $(shell nproc)
# The same cache serves every checkout and build folder.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export CCACHE_SLOPPINESS := pch_defines,time_macros
export CCACHE_DEPEND := 1
export CCACHE_INODECACHE := 1

# Compilers ask for much memory: huge pages, where the kernel lends them, take a quarter off their time.
ninja = GLIBC_TUNABLES=glibc.malloc.hugetlb=1 ninja -j $(JOBS) -C

configure = cmake -S . -B $(1) -G Ninja -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
  -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold -DGOOGLEAPIS_DIR=$(CURDIR)/build/googleapis $(2) >/dev/null

help: ## List what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install missing packages (Debian 12) and tools
	@deploy/setup.sh

# Clang takes half the time of GCC, which compiles what is measured.
debug = $(call configure,build,-DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_CXX_FLAGS_DEBUG='-O0 -g1' -DDAICHO_PCH=ON)

build: setup ## Build everything into build/
	@$(debug)
	@$(ninja) build

programs: setup ## Build what runs, without the tests
	@$(debug)
	@$(ninja) build daicho daicho-registry daicho-approval daicho-policy daicho-audit \
	  daicho-witness

run: programs ## Run PostgreSQL and all services until Ctrl-C
	@exec deploy/local/suite.sh run

up: programs ## The same in the background
	@deploy/local/suite.sh up

down: ## Stop what `make up` started; data stays
	@deploy/local/suite.sh down

reset: ## Stop, and drop all local data
	@deploy/local/suite.sh reset

status: ## Say what runs
	@deploy/local/suite.sh status

demo: up ## Play the story from draft to audit log against the running suite
	@deploy/demo.sh

backup: ## Back all databases up to DIR, and from then on what changes
	@deploy/local/suite.sh backup "$(DIR)"

restore: ## Bring all databases back from DIR, as of AT (the last moment there is)
	@deploy/local/suite.sh restore "$(DIR)" "$(AT)"

# Tests wait for disks and servers half of their time.
ctest = build/bin/daicho-test-postgres ctest --test-dir build --output-on-failure -j $$(($(JOBS) + 1))

test: build lint ## Everything that must pass
	@$(ctest)

unit: build ## Tests without the end-to-end and fault stories
	@$(ctest) -LE 'e2e|fault'

e2e: build ## End-to-end stories alone
	@$(ctest) -L e2e

lint: setup ## Check format, protos, layers and texts
	@tests/conventions/lint.sh

fmt: setup ## Format C++ and protos
	@git ls-files -z '*.h' '*.cc' | xargs -0 clang-format-14 -i
	@node_modules/.bin/buf format proto -w

bench: setup ## Measure against floors in the same run (release build)
	@$(call configure,build-release,-DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE='-O2 -DNDEBUG')
	@$(ninja) build-release daicho-bench daicho daicho-registry daicho-approval daicho-policy \
	  daicho-audit
	@tests/bench/run.sh build-release

asan: setup ## All tests with AddressSanitizer and UBSan
	@$(call configure,build-asan,-DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug \
	  -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g1' -DDAICHO_PCH=ON -DDAICHO_SANITIZE=address$(,)undefined)
	@$(ninja) build-asan
	@LSAN_OPTIONS=suppressions=$(CURDIR)/tests/support/leaks.supp:print_suppressions=0 \
	  build-asan/bin/daicho-test-postgres ctest --test-dir build-asan --output-on-failure -j $(JOBS)

# gRPC is built without it, so that what uses gRPC cannot be looked at this way.
threaded := common_base common_pg common_work audit_domain registry_domain
tsan: setup ## What does without gRPC, with ThreadSanitizer
	@$(call configure,build-tsan,-DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug \
	  -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g1' -DDAICHO_SANITIZE=thread)
	@$(ninja) build-tsan daicho-test-postgres $(threaded:=_test)
	@for test in $(threaded:=_test); do \
	  build-tsan/bin/daicho-test-postgres build-tsan/tests/$$test --gtest_brief=1; done

fuzz: ## Fuzz every parser, SECONDS each (60)
	@deploy/setup.sh tests/fuzz/packages.txt
	@tests/fuzz/run.sh $(or $(SECONDS_EACH),60)

fault: build ## Break FAULTS things under load (1000), kill KILLS times (200), cut sessions in 100,000 acts, then compare
	@build/tests/fault_test --faults=$(or $(FAULTS),1000)
	@build/tests/fault_test --faults=$(or $(KILLS),200) --kinds='service killed,PostgreSQL killed'
	@DAICHO_RACE_ACTS=100000 build/bin/daicho-test-postgres build/tests/approval_test --gtest_filter=RaceTest.*

fault-patroni: build ## The same while PostgreSQL fails over under Patroni and etcd
	@deploy/setup.sh tests/fault/packages.txt
	@build/tests/patroni_test --rounds=$(or $(ROUNDS),2)

clean: ## Remove what was built; var/ stays
	@rm -rf build build-release build-asan build-tsan build-fuzz

, := ,
