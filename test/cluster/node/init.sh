#!/bin/sh
# Process 1 of the node's namespaces: makes the node's view of the system, then waits for ever.
# usage: init.sh ROOT NEST PROGRAMS
#   ROOT      the node's root file system; it is not changed
#   NEST      a temporary folder: config/ is seen by the node read-only, upper/, work/, root/ and state/ are the node's
#   PROGRAMS  the folder of the Kubernetes programs, seen read-only
#
# pivot_root and not chroot: with a chroot the machine's own root stays the root of the mount namespace, and entering
# a container (kubectl exec) lands on the machine's file system.
set -e
root=$1 nest=$2 programs=$3
hostname real-1
mkdir -p "$nest/upper" "$nest/work" "$nest/root" "$nest/state"
mount -t overlay -o "lowerdir=$root,upperdir=$nest/upper,workdir=$nest/work" overlay "$nest/root"
cd "$nest/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /dev dev
mount --make-rslave dev
mount -t tmpfs tmpfs run
# containerd's and the kubelet's state must not lie on an overlay, and that of a node that was killed must be gone:
# the next one would clean it up first, for most of a minute
mount --bind "$nest/state" var/lib
mkdir var/lib/kubelet var/lib/containerd
mount -t tmpfs tmpfs sys/fs/cgroup
for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
  mkdir sys/fs/cgroup/$controller
  mount -t cgroup -o $controller cgroup sys/fs/cgroup/$controller
done
mkdir sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
for shared in "$nest/config" "$programs"; do
  mkdir -p ".$shared"
  mount --bind "$shared" ".$shared"
  mount -o remount,ro,bind "$shared" ".$shared"
done
# the kubelet must not change sysctls of the whole machine: they are read-only, and four files show what it wants to see
for folder in vm kernel; do
  mount --bind proc/sys/$folder proc/sys/$folder
  mount -o remount,ro,bind proc/sys/$folder
done
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1; do
  file=${setting%%=*}
  echo "${setting##*=}" >"run/sysctl-$(basename "$file")"
  mount --bind "run/sysctl-$(basename "$file")" "proc/sys/$file"
done
cp "$nest/config/containerd.toml" etc/
cp "$nest/config/10-pods.conflist" etc/cni/net.d/
ip link set lo up
ip link add node0 type bridge
ip addr add 10.99.0.1/24 dev node0
ip link set node0 up
ip route add default dev node0
echo 1 >proc/sys/net/ipv4/ip_forward
pivot_root . .old
cd /
umount -l /.old
mount --make-rshared /
touch /run/node.ready
exec /bin/busybox sleep 2147483647
