#!/bin/sh
# Make a small local image for the tests, named like the images of user scripts, without any registry:
# a busybox root file system, brought in with `podman import` (or docker's).
set -eu

ENGINE=${1:-$(command -v podman || command -v docker)}
BUSYBOX=${BUSYBOX:-$(command -v busybox)}
NAMES="docker.io/library/ubuntu:latest docker.io/library/debian:latest docker.io/library/alpine:latest
docker.io/library/busybox:latest"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/bin" "$root/usr" "$root/etc" "$root/dev" "$root/proc" "$root/sys" "$root/root" "$root/home"
mkdir -m 1777 "$root/tmp"
cp "$BUSYBOX" "$root/bin/busybox"
ln -s ../bin "$root/usr/bin"
ln -s bin "$root/sbin"
for applet in $("$BUSYBOX" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
[ -e "$root/bin/bash" ] || printf '#!/bin/sh\nexec /bin/sh "$@"\n' >"$root/bin/bash"
chmod 755 "$root" "$root/bin/bash"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"

set -- $NAMES
tar -C "$root" --owner=0 --group=0 -cf - . |
    "$ENGINE" import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' --change 'CMD ["/bin/sh"]' - "$1" >/dev/null
for name in "$@"; do
    [ "$name" = "$1" ] || "$ENGINE" tag "$1" "$name"
done
echo "local images: $*"
