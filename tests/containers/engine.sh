#!/bin/sh
# Makes podman and two images below a folder from Debian's packages: no daemon, no registry, and
# nothing installed outside. Needs root, as a user's podman needs `newuidmap`.
set -eu

home=$(mkdir -p "$1" && cd "$1" && pwd)
system="$home/system"
tools="$home/tools"
python="$home/python"
fetched="$home/fetched"

unpack() { # a folder and the packages to unpack into it
  into=$1
  shift
  rm -rf "$fetched" && mkdir -p "$into" "$fetched"
  (cd "$fetched" && apt-get -qq -o APT::Sandbox::User=root download "$@")
  for package in "$fetched"/*.deb; do dpkg -x "$package" "$into"; done
}

unpack "$system" podman conmon crun catatonit patchelf libgpgme11 libsubid4 libyajl2
unpack "$tools" busybox-static bash-static
unpack "$python" python3.11-minimal libpython3.11-minimal libpython3.11-stdlib python3-minimal \
  libc6 libexpat1 zlib1g libssl3 libffi8 liblzma5 libbz2-1.0 libuuid1 libcrypt1
libraries=$(dirname "$(find "$system" -name libyajl.so.2)")

mv "$tools/bin/bash-static" "$tools/bin/bash"
for name in sh cat cp echo env id ls mkdir sleep stat touch; do
  ln -sf busybox "$tools/bin/$name"
done
mkdir -p "$tools/tmp" "$python/tmp" "$python/bin"
cp "$tools/bin/bash" "$python/bin/bash"
rm -rf "$python/usr/share"

# What runs when a container has ended starts podman again, and clears its variables.
for program in podman crun; do
  "$system/usr/bin/patchelf" --set-rpath "$libraries" "$system/usr/bin/$program"
done
# crun refuses a machine with both kinds of control groups; it needs none of them here.
cat > "$home/crun" <<END
#!/bin/sh
exec unshare --mount sh -c \
  'umount -l /sys/fs/cgroup/unified 2>/dev/null; exec "\$0" "\$@"' $system/usr/bin/crun "\$@"
END
cat > "$home/containers.conf" <<END
[containers]
cgroups = "disabled"
netns = "host"
log_driver = "none"
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
init_path = "$system/usr/libexec/podman/catatonit"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
conmon_path = ["$system/usr/bin/conmon"]
[engine.runtimes]
crun = ["$home/crun"]
END
cat > "$home/storage.conf" <<END
[storage]
driver = "vfs"
runroot = "$home/running"
graphroot = "$home/images"
END
echo 'unqualified-search-registries = []' > "$home/registries.conf"
mkdir -p "$home/.config/containers" "$home/bin"
echo '{"default": [{"type": "insecureAcceptAnything"}]}' > "$home/.config/containers/policy.json"
cat > "$home/bin/podman" <<END
#!/bin/sh
export HOME=$home
export CONTAINERS_CONF=$home/containers.conf CONTAINERS_STORAGE_CONF=$home/storage.conf
export CONTAINERS_REGISTRIES_CONF=$home/registries.conf
exec $system/usr/bin/podman "\$@"
END
chmod +x "$home/bin/podman" "$home/crun"

tar -C "$tools" -c . | "$home/bin/podman" import --quiet - localhost/tools:1
tar -C "$python" -c . | "$home/bin/podman" import --quiet - localhost/python:1
rm -rf "$fetched" "$tools" "$python"
