/**
 * Names of the fields of source syscall (falcosecurity/libs 48dfd53cd23f, sinsp_filtercheck_*.cpp). Their events are
 * judged by Falco itself; the names serve to check rules.
 */
const names = new Set(
  `evt.abspath evt.arg evt.args evt.around evt.asynctype evt.buffer evt.buflen evt.buflen.file evt.buflen.file.in
evt.buflen.file.out evt.buflen.in evt.buflen.net evt.buflen.net.in evt.buflen.net.out evt.buflen.out evt.category
evt.count evt.count.error evt.count.error.file evt.count.error.memory evt.count.error.net evt.count.error.other
evt.count.exit evt.count.procinfo evt.count.threadinfo evt.cpu evt.datetime evt.datetime.s evt.deltatime
evt.deltatime.ns evt.deltatime.s evt.dir evt.failed evt.hostname evt.info evt.io_dir evt.is_async evt.is_io
evt.is_io_read evt.is_io_write evt.is_open_create evt.is_open_exec evt.is_open_read evt.is_open_write evt.is_syslog
evt.is_wait evt.latency evt.latency.human evt.latency.ns evt.latency.quantized evt.latency.s evt.num evt.outputtime
evt.plugininfo evt.pluginname evt.rawarg evt.rawres evt.rawtime evt.rawtime.ns evt.rawtime.s evt.reltime
evt.reltime.ns evt.reltime.s evt.res evt.source evt.time evt.time.iso8601 evt.time.s evt.type evt.type.is
evt.wait_latency fd.cip fd.cip.name fd.cnet fd.connected fd.containerdirectory fd.containername fd.cport fd.cproto
fd.dev fd.dev.major fd.dev.minor fd.directory fd.filename fd.ino fd.ip fd.is_lower_layer fd.is_server
fd.is_upper_layer fd.l4proto fd.lip fd.lip.name fd.lnet fd.lport fd.lproto fd.name fd.name_changed fd.nameraw fd.net
fd.num fd.port fd.proto fd.rip fd.rip.name fd.rnet fd.rport fd.rproto fd.sip fd.sip.name fd.snet fd.sockfamily
fd.sport fd.sproto fd.type fd.typechar fd.types fd.uid fdlist.cips fdlist.cports fdlist.names fdlist.nums
fdlist.sips fdlist.sports fs.path.name fs.path.nameraw fs.path.source fs.path.sourceraw fs.path.target
fs.path.targetraw group.gid group.name proc.aargs proc.acmdline proc.aenv proc.aexe proc.aexepath proc.aname
proc.apid proc.args proc.cmdlenargs proc.cmdline proc.cmdnargs proc.cwd proc.duration proc.env proc.exe proc.exe_ino
proc.exe_ino.ctime proc.exe_ino.ctime_duration_pidns_start proc.exe_ino.ctime_duration_proc_start proc.exe_ino.mtime
proc.exeline proc.exepath proc.fdlimit proc.fdopencount proc.fdusage proc.is_exe_from_memfd proc.is_exe_lower_layer
proc.is_exe_upper_layer proc.is_exe_writable proc.is_pgid_leader proc.is_sid_leader proc.is_vpgid_leader
proc.loginshellid proc.name proc.nchilds proc.nthreads proc.pcmdline proc.pexe proc.pexepath proc.pgid proc.pgid.exe
proc.pgid.exepath proc.pgid.name proc.pid proc.pid.ts proc.pidns_init_start_ts proc.pname proc.ppid
proc.ppid.duration proc.ppid.ts proc.pvpid proc.sid proc.sid.exe proc.sid.exepath proc.sname proc.stderr.name
proc.stderr.type proc.stdin.name proc.stdin.type proc.stdout.name proc.stdout.type proc.tty proc.vmrss proc.vmsize
proc.vmswap proc.vpgid proc.vpgid.exe proc.vpgid.exepath proc.vpgid.name proc.vpid syscall.type thread.cap_effective
thread.cap_inheritable thread.cap_permitted thread.cgroup thread.cgroups thread.cpu thread.cpu.system
thread.cpu.user thread.exectime thread.ismain thread.nametid thread.pfmajor thread.pfminor thread.tid
thread.totexectime thread.vmrss thread.vmrss.b thread.vmsize thread.vmsize.b thread.vtid user.homedir user.loginname
user.loginuid user.name user.shell user.uid util.cnt`.split(/\s+/),
)

/** Fields that Falco's own libraries define; those of plugins (`container.`, `k8s.` and others) are not known here. */
const ownClasses = /^(?:evt|fd|fdlist|fs|group|proc|syscall|thread|user|util)\./

/** Fields that take a part of their name as an argument: `evt.arg.path`. */
const openNames = /^(?:evt\.(?:arg|rawarg|abspath|type\.is)|thread\.cgroup)\./

/** False where a rule of source syscall names a field that Falco does not have. */
export const isSyscallField = (field: string): boolean => {
  const name = field.replace(/\[.*$/s, '')
  return names.has(name) || openNames.test(name) || (!ownClasses.test(name) && pluginClasses.test(name))
}

/** Fields of plugins that commonly serve system calls. */
const pluginClasses = /^(?:container|k8s|k8smeta|krsi|mesos|json|jevt|anomaly|agent)\./
