#!/usr/bin/env bash
# The tests on other machines: aarch64 and big-endian s390x under qemu-user, 32-bit x86 natively. Compilers, C libraries and the
# standard libraries of the targets are Debian's (bookworm, with trixie's standard libraries where bookworm has none of the same
# version); what is not there fails this script, loudly, rather than passing it by. Takes some 25 minutes. Not part of .ci/run.
#
# cross.sh [TARGET...], of aarch64, s390x and i686; all of them if none is named.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=("$@")
[ $# -gt 0 ] || targets=(aarch64 s390x i686)

place=${CROSS_DIR:-${TMPDIR:-/tmp}/ssewire-cross}
mkdir -p "$place/lists/partial" "$place/cache/archives/partial" "$place/debs"

echo "== Debian's compilers and emulators"
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends rustc-web qemu-user \
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross \
    gcc-i686-linux-gnu libc6-dev-i386-cross libc6-i386 lib32gcc-s1
compiler=$(dpkg-query -W -f='${Version}' rustc-web)
echo "rustc-web $compiler"

echo "== the targets' standard libraries, of the same version, in a folder of their own"
# An apt of its own, so that the system's architectures and sources stay as they are.
: >"$place/status"
signed=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg
cat >"$place/sources.list" <<LIST
deb [arch=amd64,arm64 $signed] http://deb.debian.org/debian-security bookworm-security main
deb [arch=amd64,arm64,i386,s390x $signed] http://deb.debian.org/debian trixie main
LIST
cat >"$place/apt.conf" <<CONF
Dir::Etc::SourceList "$place/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$place/lists";
Dir::State::status "$place/status";
Dir::Cache "$place/cache";
APT::Architectures { "amd64"; "arm64"; "i386"; "s390x"; };
Acquire::Languages "none";
APT::Sandbox::User "root";
CONF
declare -A debian=([aarch64]=arm64 [s390x]=s390x [i686]=i386)
APT_CONFIG="$place/apt.conf" apt-get update -q
rm -rf "$place/debs" "$place/sysroot"
mkdir "$place/debs"
for target in "${targets[@]}"; do
    package=libstd-rust-web-dev:${debian[$target]}
    # The newest whose upstream version is the compiler's: another one would be refused by it.
    version=$(APT_CONFIG="$place/apt.conf" apt-cache madison "$package" | awk -v want="${compiler%%+*}+" 'index($3, want) == 1 { print $3; exit }')
    [ -n "$version" ] || { echo "no standard library of ${compiler%%+*} for $target" >&2; exit 1; }
    (cd "$place/debs" && APT_CONFIG="$place/apt.conf" apt-get download -q "$package=$version")
done
for deb in "$place"/debs/*.deb; do dpkg -x "$deb" "$place/sysroot"; done

export RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc CARGO_TARGET_DIR="$place/target"
# As strict as a debug build, and quick enough under emulation.
export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true
for target in AARCH64 S390X I686; do
    lower=${target,,}
    export "CARGO_TARGET_${target}_UNKNOWN_LINUX_GNU_LINKER=$lower-linux-gnu-gcc"
    export "CARGO_TARGET_${target}_UNKNOWN_LINUX_GNU_RUSTFLAGS=--sysroot $place/sysroot/usr"
done

# Some tests start the example programs, and an emulator can start a program for another machine only if the kernel knows how:
# it is told so in namespaces of their own, and nothing outside of them changes.
cat >"$place/emulated.sh" <<'WRAPPER'
#!/bin/sh
exec unshare --user --map-root-user --mount sh -ec '
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
echo ":qemu-s390x:M::\x7fELF\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x16:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff:/usr/bin/qemu-s390x:" > /proc/sys/fs/binfmt_misc/register
echo ":qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64:" > /proc/sys/fs/binfmt_misc/register
exec "$@"' sh "$@"
WRAPPER

for target in "${targets[@]}"; do
    echo "== $target: every test, with every feature"
    wrapper=()
    if [ "$target" != i686 ]; then
        wrapper=(sh "$place/emulated.sh")
        export QEMU_LD_PREFIX="/usr/$target-linux-gnu"
    fi
    # (Some tests start the examples, which `cargo test` builds only if it is not told what to build.)
    cargo build --locked --release --target "$target-unknown-linux-gnu" --examples --all-features
    "${wrapper[@]}" cargo test --locked --release --target "$target-unknown-linux-gnu" \
        --lib --tests --all-features 2>&1 | tee "$place/$target.log" | grep -E '^test result|FAILED|panicked|^error'
    passed=$(awk '/^test result: ok/ { passed += $4 } END { print passed + 0 }' "$place/$target.log")
    [ "$passed" -ge 100 ] || { echo "$target: only $passed tests ran" >&2; exit 1; }
    echo "$target: $passed tests passed"
done
