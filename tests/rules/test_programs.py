# SPDX-License-Identifier: MIT
"""What the programs of the device are, and what they cannot do because it is not in them."""

import re
import subprocess

import pytest
import tree

PROGRAMS = tree.target_programs()
# Nobody of ours reaches into these without a reason written down here.
TLS_AND_PARSERS = r"mbedtls_|psa_|yyjson_|seccomp_(init|reset|release|merge|arch|attr|rule|load|export|api|version|syscall)"
ALLOCATORS = r"(malloc|calloc|realloc|aligned_alloc|posix_memalign|memalign|valloc|strdup|strndup|asprintf|vasprintf|"\
    r"getline|getdelim|open_memstream|opendir|fopen|fdopen|popen|glob|regcomp|getaddrinfo|scandir|ftw|nftw|qsort_r)$"
FORBIDDEN = {
    "jailinit": {
        "TLS, JSON or libseccomp": TLS_AND_PARSERS,
        "an allocator": ALLOCATORS,
        "accept, connect or name resolution": r"(accept|accept4|connect|getaddrinfo|gethostby\w+|res_\w+)$",
        "a shell or a search of PATH": r"(system|popen|execvp|execvpe|execlp)$",
        "dynamic loading": r"(dlopen|dlsym)$",
        "threads": r"(pthread_create|thrd_create)$",
        "a random number of its own making": r"(rand|rand_r|random|srand|srandom|drand48)$",
        "sleeping in the loop": r"(sleep|usleep|nanosleep|clock_nanosleep)$",
    },
    "jail-launch": {
        "TLS, JSON or libseccomp": TLS_AND_PARSERS,
        "an allocator": ALLOCATORS,
        "accept, connect or name resolution": r"(accept|accept4|connect|getaddrinfo)$",
        "a shell or a search of PATH": r"(system|popen|execvp|execvpe|execlp)$",
    },
    "jail-logd": {
        "TLS, JSON or libseccomp": TLS_AND_PARSERS,
        "a socket": r"(socket|connect|bind|listen|accept|accept4|getaddrinfo)$",
        "starting a program": r"(execve|execv|execvp|posix_spawn|fork|vfork|clone|system|popen)$",
    },
    "jailctl": {
        "TLS": r"mbedtls_|psa_",
        "a shell": r"(system|popen)$",
    },
}
# Names a rule forbids and a program of ours may have all the same, with the reason.
ALLOWED = {}


def read_elf(option, program):
    return subprocess.run(["readelf", "-W", option, f"{tree.TARGET}/{program}"], capture_output=True, text=True,
                          check=True).stdout


def symbols(program):
    """Every function linked into the program (it is stripped: the linked file with its symbols is beside it)."""
    listed = subprocess.run(["nm", "-P", "--defined-only", f"{tree.TARGET}/linked/{program}"], capture_output=True,
                            text=True, check=True).stdout
    return {line.split()[0] for line in listed.splitlines() if line.split()[1] in "tTwW"}


def test_there_are_programs():
    assert set(FORBIDDEN) <= set(PROGRAMS), f"not built for the device: {set(FORBIDDEN) - set(PROGRAMS)}"


@pytest.mark.parametrize("program,what", [(program, what) for program, rules in FORBIDDEN.items() for what in rules])
def test_not_in_it(program, what):
    found = {name for name in symbols(program) if re.match(FORBIDDEN[program][what], name)}
    found -= ALLOWED.get(program, set())
    assert not found, f"{program} has {what} in it: {' '.join(sorted(found))}"


def test_symbols_are_seen():
    """The rule above sees symbols at all."""
    for program in PROGRAMS:
        assert "main" in symbols(program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_static_pie(program):
    """Position independent, and nothing else is needed to load it."""
    assert re.search(r"Type:\s+DYN", read_elf("-h", program))
    headers = read_elf("-l", program)
    assert "INTERP" not in headers
    assert "DYNAMIC" in headers
    dynamic = read_elf("-d", program)
    for tag in ("NEEDED", "RPATH", "RUNPATH", "TEXTREL"):
        assert f"({tag})" not in dynamic, f"{program} has {tag}"
    assert re.search(r"FLAGS_1.*\bPIE\b", dynamic)


@pytest.mark.parametrize("program", PROGRAMS)
def test_hardening(program):
    """Relocations are done at start and then read-only; no page is writable and executable, least of all the stack."""
    headers, dynamic = read_elf("-l", program), read_elf("-d", program)
    assert "GNU_RELRO" in headers
    assert re.search(r"\(FLAGS_1\).*\bNOW\b", dynamic) or "BIND_NOW" in dynamic
    assert re.search(r"GNU_STACK\s.*\sRW\s", headers)
    loads = re.findall(r"^\s*LOAD\s+(?:0x\w+\s+){5}([RWE ]{3})", headers, re.M)
    assert loads and not [flags for flags in loads if "W" in flags and "E" in flags], loads
    assert "__stack_chk_fail" in symbols(program), "no stack protector in it"


@pytest.mark.parametrize("program", PROGRAMS)
def test_stripped(program):
    sections = read_elf("-S", program)
    assert ".symtab" not in sections and ".debug_info" not in sections and ".comment" not in sections
