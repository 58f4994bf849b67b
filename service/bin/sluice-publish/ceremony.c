/* The key ceremony: root keys into folders of their own, the online keys, and
 * version 1 of the trust file, signed.  Needs no database: it may be held on a
 * machine that never sees a network. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/command/run.h"
#include "sluice/crypto/key.h"
#include "sluice/publish/log.h"

#include "ask.h"
#include "commands.h"
#include "place.h"
#include "trust_file.h"

#define EXPIRES_MS (UINT64_C(365) * 86400 * 1000)
#define SECOND_US  INT64_C(1000000)
#define DAY_MS     (UINT64_C(86400) * 1000)

struct ceremony {
	struct sl_run *run;
	char origin[SL_TRUST_ORIGIN_MAX + 1];
	const char *out; /* folder */
	uint32_t roots;
	uint32_t threshold;
	uint64_t expires_ms;
	bool is_asking;
	struct sl_trust trust;
	struct sl_sign_key *keys[SL_TRUST_ROOTS_MAX];
	char *places[SL_TRUST_ROOTS_MAX]; /* folders of the root keys */
	size_t made_count;
	char *path; /* of the trust file */
};

static void
ceremony_clear(struct ceremony *c)
{
	for (size_t i = 0; i < SL_TRUST_ROOTS_MAX; i++) {
		sl_sign_key_free(c->keys[i]);
		free(c->places[i]);
	}
	free(c->path);
	sl_trust_clear(&c->trust);
}

/* ---- what is wanted ---- */

static enum sl_status
ask_number(uint32_t *number, const char *question, struct sl_error *err)
{
	char fallback[12];
	char answer[32];
	struct sl_value value;
	enum sl_status status;

	(void)snprintf(fallback, sizeof(fallback), "%u", *number);
	status = ask_line(answer, sizeof(answer), question, fallback, err);
	if (status == SL_OK)
		status = sl_value_parse(&value, SL_VALUE_U64, answer, err);
	if (status == SL_OK && value.number > SL_TRUST_ROOTS_MAX)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "at most %d", SL_TRUST_ROOTS_MAX);
	if (status == SL_OK)
		*number = (uint32_t)value.number;
	return status;
}

static enum sl_status
ask_wishes(struct ceremony *c, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	sl_run_say(c->run,
	    "This makes the keys that all customers' trust hangs on.  Hold it "
	    "on a machine\nwithout a network; have a medium at hand for each "
	    "root key.");
	if (c->origin[0] == '\0')
		status = ask_line(c->origin, sizeof(c->origin),
		    "Name of the service, such as sluice.example.org", NULL,
		    err);
	if (status == SL_OK && !sl_run_has(c->run, "roots"))
		status = ask_number(
		    &c->roots, "How many root keys, each for a person", err);
	if (status == SL_OK && !sl_run_has(c->run, "threshold"))
		status = ask_number(&c->threshold,
		    "How many of them must sign a trust file", err);
	return status;
}

static enum sl_status
read_wishes(struct ceremony *c, struct sl_error *err)
{
	struct sl_run *run = c->run;
	const char *origin = sl_run_text(run, "origin");
	enum sl_status status = SL_OK;

	c->out = sl_run_text(run, "out");
	c->roots = (uint32_t)sl_run_number(run, "roots", 3);
	c->threshold = (uint32_t)sl_run_number(
	    run, "threshold", sl_run_has(run, "roots") ? c->roots / 2 + 1 : 2);
	c->expires_ms = sl_run_number(run, "expires", EXPIRES_MS);
	c->is_asking = !sl_run_flag(run, "yes") && ask_can(run);
	(void)snprintf(
	    c->origin, sizeof(c->origin), "%s", origin == NULL ? "" : origin);
	if (!sl_run_flag(run, "yes") && !c->is_asking)
		return sl_run_usage(run, err,
		    "there is no terminal to ask at: give --yes and "
		    "--origin");
	if (c->is_asking)
		status = ask_wishes(c, err);
	if (status != SL_OK)
		return status;
	if (!sl_trust_origin_is_valid(sl_slice_text(c->origin)) ||
	    (origin != NULL && strcmp(origin, c->origin) != 0))
		return sl_run_usage(run, err,
		    "--origin: the service's name has a-z, 0-9, '.' and '-'");
	if (c->roots < 1 || c->roots > SL_TRUST_ROOTS_MAX || c->threshold < 1 ||
	    c->threshold > c->roots)
		return sl_run_usage(run, err,
		    "--threshold of --roots: 1 of 1 up to %d of %d",
		    SL_TRUST_ROOTS_MAX, SL_TRUST_ROOTS_MAX);
	if (c->expires_ms < 1000 || c->expires_ms > 3650 * DAY_MS)
		return sl_run_usage(
		    run, err, "--expires: between a second and ten years");
	return SL_OK;
}

/* ---- keys ---- */

static enum sl_status
add_key(struct ceremony *c, enum sl_trust_role role,
    const struct sl_verify_key *key, const char *name, struct sl_error *err)
{
	char all[] = "*";
	struct sl_trust_key line = {.key = *key};
	enum sl_status status;

	if (role == SL_TRUST_PUBLISHER)
		line.scope = all;
	(void)snprintf(line.name, sizeof(line.name), "%s", name);
	status = sl_trust_add_key(&c->trust, role, &line);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "too many %s keys",
	                             sl_trust_role_name(role));
}

/* Where root key `i` goes: what --root-dir says, an answer, or below --out. */
static enum sl_status
choose_place(struct ceremony *c, uint32_t i, struct sl_error *err)
{
	char fallback[PATH_MAX];
	char answer[PATH_MAX];
	char question[64];
	enum sl_status status = SL_OK;

	(void)snprintf(fallback, sizeof(fallback), "%s/root-%u", c->out, i + 1);
	if (i < sl_run_count(c->run, "root-dir"))
		(void)snprintf(answer, sizeof(answer), "%s",
		    sl_run_text_at(c->run, "root-dir", i));
	else if (!c->is_asking)
		memcpy(answer, fallback, sizeof(answer));
	else {
		(void)snprintf(question, sizeof(question),
		    "Folder for root key %u of %u, on a medium of its own",
		    i + 1, c->roots);
		status =
		    ask_line(answer, sizeof(answer), question, fallback, err);
	}
	if (status != SL_OK)
		return status;
	c->places[i] = strdup(answer);
	return c->places[i] != NULL
	    ? sl_file_make_dirs(c->places[i], err)
	    : sl_error_set(err, SL_ERR_NOMEM, "out of memory");
}

static enum sl_status
make_root(struct ceremony *c, uint32_t i, struct sl_error *err)
{
	struct sl_verify_key verify;
	char secret[PATH_MAX + 32];
	char public[PATH_MAX + 32];
	char what[16];
	enum sl_status status = choose_place(c, i, err);

	if (status != SL_OK)
		return status;
	(void)snprintf(
	    secret, sizeof(secret), "%s/root-%u.key", c->places[i], i + 1);
	(void)snprintf(
	    public, sizeof(public), "%s/root-%u.pub", c->places[i], i + 1);
	(void)snprintf(what, sizeof(what), "root %u", i + 1);
	status = place_make_key(&c->keys[i], c->run, secret, public, what,
	    sl_run_flag(c->run, "no-passphrase"), err);
	if (status != SL_OK)
		return status;
	c->made_count++;
	sl_sign_key_public(c->keys[i], &verify);
	return add_key(c, SL_TRUST_ROOT, &verify, "", err);
}

/* A key of this machine's home: taken if it is there, made if not. */
static enum sl_status
take_own(struct ceremony *c, enum sl_trust_role role, const char *name,
    const char *witness, struct sl_error *err)
{
	struct sl_verify_key verify;
	char *secret = NULL;
	char *public = NULL;
	enum sl_status status;

	status = place_key_path(&secret, c->run, name, "key", err);
	if (status == SL_OK)
		status = place_key_path(&public, c->run, name, "pub", err);
	if (status == SL_OK && access(public, F_OK) != 0)
		status = place_make_key(NULL, c->run, secret, public, name,
		    sl_run_flag(c->run, "no-passphrase"), err);
	if (status == SL_OK)
		status = sl_verify_key_load(&verify, public, err);
	if (status == SL_OK)
		status = add_key(c, role, &verify, witness, err);
	free(secret);
	free(public);
	return status;
}

/* Public keys made elsewhere, by option. */
static enum sl_status
take_brought(struct ceremony *c, enum sl_trust_role role, const char *option,
    const char *witness, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < sl_run_count(c->run, option);
	     i++) {
		struct sl_verify_key verify;

		status = sl_verify_key_load(
		    &verify, sl_run_text_at(c->run, option, i), err);
		if (status == SL_OK)
			status = add_key(c, role, &verify, witness, err);
	}
	return status;
}

static enum sl_status
take_online(struct ceremony *c, struct sl_error *err)
{
	static const struct {
		enum sl_trust_role role;
		const char *option;
		const char *name; /* of our own, if none is brought; or NULL */
	} rows[] = {{SL_TRUST_PUBLISHER, "publisher", "default"},
	    {SL_TRUST_LOG, "log", "log"},
	    {SL_TRUST_WITNESS, "witness", "witness"},
	    {SL_TRUST_BILLING, "billing", NULL}};
	char witness[SL_TRUST_ORIGIN_MAX + sizeof("witness.")];
	enum sl_status status = SL_OK;

	(void)snprintf(witness, sizeof(witness), "witness.%s", c->origin);
	if (sl_run_has(c->run, "witness-name"))
		(void)snprintf(witness, sizeof(witness), "%.*s",
		    SL_TRUST_ORIGIN_MAX, sl_run_text(c->run, "witness-name"));
	for (size_t i = 0; status == SL_OK && i < sizeof(rows) / sizeof(*rows);
	     i++) {
		const char *name =
		    rows[i].role == SL_TRUST_WITNESS ? witness : "";

		status =
		    take_brought(c, rows[i].role, rows[i].option, name, err);
		if (status == SL_OK && rows[i].name != NULL &&
		    !sl_run_has(c->run, rows[i].option))
			status =
			    take_own(c, rows[i].role, rows[i].name, name, err);
	}
	return status;
}

/* ---- the trust file ---- */

static void
fill_header(struct ceremony *c)
{
	int64_t now = sl_clock_wall_us() / SECOND_US * SECOND_US;

	c->trust.version = 1;
	c->trust.issued_us = now;
	c->trust.expires_us = now + (int64_t)(c->expires_ms / 1000) * SECOND_US;
	memcpy(c->trust.origin, c->origin, sizeof(c->origin));
	c->trust.root_threshold = c->threshold;
	c->trust.witness_threshold = 1;
}

static enum sl_status
sign_it(struct ceremony *c, struct sl_error *err)
{
	struct trust_file file;
	enum sl_status status;

	trust_file_init(&file);
	status = trust_file_read(&file, c->path, err);
	for (uint32_t i = 0; status == SL_OK && i < c->threshold; i++) {
		char *signature;

		status = trust_file_sign(&signature, c->path, NULL,
		    sl_buf_slice(&file.text), c->keys[i], err);
		free(signature);
	}
	trust_file_clear(&file);
	return status;
}

/* From disk, as everybody else will see it; then it is what the log signer and
 * the witness of this home begin with. */
static enum sl_status
check_it(struct ceremony *c, struct sl_error *err)
{
	struct trust_file file;
	char *home = NULL;
	enum sl_status status;

	trust_file_init(&file);
	status = trust_file_read(&file, c->path, err);
	if (status == SL_OK)
		status = sl_trust_verify(&file.trust, sl_buf_slice(&file.text),
		    file.signatures, file.signature_count, err);
	if (status == SL_OK)
		status = place_home(&home, c->run, err);
	if (status == SL_OK)
		status = sl_log_pin(
		    home, &file.trust, sl_buf_slice(&file.text), err);
	free(home);
	trust_file_clear(&file);
	return status;
}

static enum sl_status
make_trust(struct ceremony *c, struct sl_error *err)
{
	enum sl_status status;

	fill_header(c);
	status = trust_file_write(&c->path, c->out, &c->trust, err);
	if (status != SL_OK)
		return status;
	trust_file_print(c->run, &c->trust);
	if (c->is_asking)
		status = ask_yes("Sign this?", err);
	if (status == SL_OK)
		status = sign_it(c, err);
	return status == SL_OK ? check_it(c, err) : status;
}

/* ---- what to do with it ---- */

static enum sl_status
report(struct ceremony *c, struct sl_error *err)
{
	char fingerprint[SL_TRUST_FINGERPRINT_LEN + 1];
	struct sl_trust_pin pin;
	json_t *roots = json_array();
	enum sl_status status;

	sl_trust_pin_of(&pin, &c->trust);
	status = sl_trust_pin_fingerprint(fingerprint, &pin);
	if (status != SL_OK)
		return sl_error_set(err, status, "SHA-256 is not available");
	sl_run_print(c->run, "signed by %u root keys and checked: %s",
	    c->threshold, c->path);
	for (uint32_t i = 0; i < c->roots; i++) {
		sl_run_print(c->run,
		    "%s: take it away; it signs the next trust file and "
		    "nothing else",
		    c->places[i]);
		json_array_append_new(roots, json_string(c->places[i]));
	}
	sl_run_print(c->run,
	    "next: sluicectl trust install %s %s/trust/1/*.minisig --reason "
	    "ceremony",
	    c->path, c->out);
	sl_run_print(c->run,
	    "tell customers this fingerprint by another way than the "
	    "profile:\n%s",
	    fingerprint);
	sl_run_json(c->run,
	    json_pack("{s:s, s:i, s:s, s:o}", "trust", c->path, "version", 1,
	        "fingerprint", fingerprint, "roots", roots));
	return SL_OK;
}

static enum sl_status
check_home(struct ceremony *c, struct sl_error *err)
{
	char *home;
	enum sl_status status = place_home(&home, c->run, err);

	if (status != SL_OK)
		return status;
	status = sl_log_need_no_pin(home, err);
	if (status == SL_ERR_EXISTS)
		sl_run_hint(c->run,
		    "for another root move that file away; every log signer "
		    "and witness has to be told of it by --root");
	free(home);
	return status;
}

static enum sl_status
hold(struct ceremony *c, struct sl_error *err)
{
	char path[PATH_MAX];
	enum sl_status status = read_wishes(c, err);

	if (status != SL_OK)
		return status;
	(void)snprintf(path, sizeof(path), "%s/trust/1/trust", c->out);
	if (access(path, F_OK) == 0)
		return sl_error_code(err, SL_ERR_EXISTS, "trust_exists",
		    "%s is there already: a ceremony is held once", path);
	status = check_home(c, err);
	if (status == SL_OK)
		status = take_online(c, err);
	for (uint32_t i = 0; status == SL_OK && i < c->roots; i++)
		status = make_root(c, i, err);
	if (status == SL_OK)
		status = make_trust(c, err);
	if (status == SL_OK)
		status = report(c, err);
	return status;
}

static enum sl_status
run_ceremony(struct sl_run *run, struct sl_error *err)
{
	struct ceremony ceremony = {.run = run};
	enum sl_status status = hold(&ceremony, err);

	ceremony_clear(&ceremony);
	return status;
}

static const struct sl_option ceremony_options[] = {
    {.name = "out",
        .kind = SL_VALUE_TEXT,
        .argument = "DIR",
        .is_required = true,
        .help = "where the trust file goes"},
    {.name = "origin",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "the service's name, such as sluice.example.org"},
    {.name = "roots",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "how many root keys (default: 3)"},
    {.name = "threshold",
        .kind = SL_VALUE_U64,
        .argument = "K",
        .help = "how many of them must sign (default: more than half)"},
    {.name = "root-dir",
        .kind = SL_VALUE_TEXT,
        .is_repeatable = true,
        .argument = "DIR",
        .help = "folder of a root key (default: root-1 … below --out)"},
    {.name = "expires",
        .kind = SL_VALUE_DURATION,
        .argument = "DURATION",
        .help = "how long the trust file is good (default: 365d)"},
    {.name = "publisher",
        .kind = SL_VALUE_TEXT,
        .is_repeatable = true,
        .argument = "FILE",
        .help = "public key that signs batches, instead of key default"},
    {.name = "log",
        .kind = SL_VALUE_TEXT,
        .is_repeatable = true,
        .argument = "FILE",
        .help = "public key that signs checkpoints, instead of key log"},
    {.name = "witness",
        .kind = SL_VALUE_TEXT,
        .is_repeatable = true,
        .argument = "FILE",
        .help = "public key of the witness, instead of key witness"},
    {.name = "witness-name",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "what the witness is called (default: witness.ORIGIN)"},
    {.name = "billing",
        .kind = SL_VALUE_TEXT,
        .is_repeatable = true,
        .argument = "FILE",
        .help = "public key that signs statements and licence files"},
    {.name = "no-passphrase",
        .kind = SL_VALUE_FLAG,
        .help = "put no key under a passphrase and do not ask for one"},
    {.name = "yes",
        .letter = 'y',
        .kind = SL_VALUE_FLAG,
        .help = "ask nothing; needs --origin"},
    {0},
};

const struct sl_command command_ceremony = {
    .name = "ceremony",
    .summary = "make root keys and online keys, and sign the first trust file",
    .options = ceremony_options,
    .details =
        "Needs no database; hold it on a machine without a network.  Keys "
        "that are\nin the home folder (default, log, witness) are used, those "
        "that are not\nare made.  sluice-trust(7) tells what to do with each "
        "file.",
    .run = run_ceremony,
};
