"""A Slurm of one node and eight task slots for a test: munge, controller and node daemon of its own, on
loopback, all files below one folder, ended at the end.

    with Cluster(folder) as cluster:
        cluster.command("srun", "-n", "8", "hostname")
"""
import getpass, os, pathlib, shutil, socket, subprocess, time

NEEDED = ("munged", "slurmctld", "slurmd", "srun", "sbatch", "sinfo")
SLOTS = 8

CONFIG = """ClusterName=clue
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SrunPortRange={ports[2]}-{last_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={slots} State=UNKNOWN
PartitionName=test Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def missing():
    return [p for p in NEEDED if not find(p)]


def free_ports(count):
    """Ports in a row; the first of them is free, the others most likely."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        first = min(s.getsockname()[1], 65000)
    return list(range(first, first + count))


class Cluster:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.daemons = []
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("SLURM_")}
        self.env["SLURM_CONF"] = str(self.folder / "slurm.conf")

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *why):
        self.stop()

    def start(self):
        for part in ("state", "spool"):
            (self.folder / part).mkdir(parents=True)
        os.chmod(self.folder, 0o755)  # munge looks at the way to its socket
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        ports = free_ports(64)
        (self.folder / "slurm.conf").write_text(
            CONFIG.format(folder=self.folder, host=socket.gethostname().split(".")[0], user=getpass.getuser(),
                          ports=ports, last_port=ports[-1], slots=SLOTS))
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n")
        at = lambda name: str(self.folder / name)
        self.daemon("munged", "--foreground", "--force", "--num-threads=2", "--key-file=" + str(key),
                    "--socket=" + at("munge.socket"), "--pid-file=" + at("munge.pid"),
                    "--seed-file=" + at("munge.seed"), "--log-file=" + at("munge.log"))
        self.wait_for((self.folder / "munge.socket").exists, "munge.log")
        self.daemon("slurmctld", "-D", "-c")
        self.daemon("slurmd", "-D")
        self.wait_for(lambda: "idle" in self.command("sinfo", "-h", "-o", "%T", check=False), "slurmd.log")

    def daemon(self, program, *arguments):
        with open(self.folder / (program + ".out"), "wb") as out:
            self.daemons.append(subprocess.Popen([find(program), *arguments], env=self.env, stdin=subprocess.DEVNULL,
                                                 stdout=out, stderr=out, cwd=self.folder))

    def wait_for(self, ready, log, seconds=60):
        for _ in range(seconds * 5):
            if ready():
                return
            time.sleep(0.2)
        texts = [p.read_text(errors="replace")[-1500:] for p in (self.folder / log, *self.folder.glob("*.out")) if p.exists()]
        raise RuntimeError(f"this Slurm did not come up; {log} and outputs say:\n" + "\n".join(texts))

    def command(self, program, *arguments, check=True, env=None):
        done = subprocess.run([find(program), *arguments], env={**self.env, **(env or {})}, cwd=self.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} {' '.join(arguments)}: {done.returncode}\n{done.stderr.decode()}")
        return done.stdout.decode()

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
