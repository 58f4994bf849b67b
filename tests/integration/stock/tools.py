"""Programs that other people wrote, and what each says of a signed file."""

import base64
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
# An Ed25519 public key in SubjectPublicKeyInfo (RFC 8410) but for its bytes.
SPKI = bytes.fromhex("302a300506032b6570032100")
SIGNERS = ("minisign", "signify-openbsd", "openssl")


def is_good(command, **options):
    return subprocess.run(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False,
                          **options).returncode == 0


class Signed:
    """A message, its minisign file and the key, each in a file."""

    def __init__(self, folder, message, signature, public):
        os.makedirs(folder)
        self.message = message
        self.folder = folder
        self.files = {}
        public = public.decode().strip().splitlines()[-1]
        packed = base64.b64decode(signature.splitlines()[1])
        for name, data in (
                ("m", message), ("m.minisig", signature),
                ("key.pub", f"untrusted comment: key\n{public}\n".encode()),
                ("key.der", SPKI + base64.b64decode(public)[10:]),
                ("raw", packed[10:])):
            self.files[name] = os.path.join(folder, name)
            self.put(name, data)

    def put(self, name, data):
        with open(self.files[name], "wb") as file:
            file.write(data)

    def is_accepted_by(self, tool):
        files = self.files
        commands = {
            "minisign": ["minisign", "-Vqm", files["m"], "-x",
                         files["m.minisig"], "-p", files["key.pub"]],
            "signify-openbsd": ["signify-openbsd", "-Vqm", files["m"], "-x",
                                files["m.minisig"], "-p", files["key.pub"]],
            "openssl": ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin",
                        "-keyform", "DER", "-inkey", files["key.der"],
                        "-sigfile", files["raw"], "-in", files["m"]]}
        return is_good(commands[tool])

    def accepted_flips(self, tool):
        """Places where the tool takes another byte for the signed one."""
        found = []
        try:
            for at, byte in enumerate(self.message):
                self.put("m", self.message[:at] + bytes([byte ^ 1])
                         + self.message[at + 1:])
                if self.is_accepted_by(tool):
                    found.append(at)
        finally:
            self.put("m", self.message)
        return found


class GoNote:
    """note.go beside this file, built once."""

    def __init__(self, folder):
        self.program = os.path.join(folder, "note")
        env = dict(os.environ, HOME=folder, GOCACHE=os.path.join(
            folder, "cache"), GO111MODULE="off", GOPATH="/usr/share/gocode",
            GOFLAGS="")
        subprocess.run(["go", "build", "-o", self.program,
                        os.path.join(HERE, "note.go")], env=env, check=True)

    def run(self, *words, leaf=b""):
        done = subprocess.run([self.program, *words], input=leaf,
                              capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None


def has_go():
    return shutil.which("go") is not None and os.path.isdir(
        "/usr/share/gocode/src/golang.org/x/mod/sumdb/note")


def missing():
    """Names of the programs that are not installed."""
    return [name for name in (*SIGNERS, "sha256sum")
            if shutil.which(name) is None]


def sums_are_good(folder, manifest="manifest"):
    return is_good(["sha256sum", "-c", "--strict", "--quiet", manifest],
                   cwd=folder)
