/* db backup|restore-check: a dump with the heads of all hash chains, and the
 * proof that it comes back. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "commands.h"
#include "ctl.h"
#include "sluice/base/buf.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/sha256.h"
#include "sluice/db/db.h"
#include "sluice/store/operator.h"

#define DUMP           "sluice.dump"
#define HEADS          "heads.json"
#define SUMS           "SHA256SUMS"
#define SUMS_BYTES_MAX 4096
#define HEADS_MAX      (1024 * 1024 * 1024)
#define HEX_LEN        (2 * SL_SHA256_BYTES)

static const char *const sealed[] = {DUMP, HEADS, NULL};

/* ---- programs of PostgreSQL: they find the database by PG* ---- */

static enum sl_status
run_program(char *const argv[], struct sl_error *err)
{
	pid_t pid;
	int code = 0;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], argv);
		fprintf(stderr, "sluicectl: %s is not to be found in PATH\n",
		    argv[0]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &code, 0) < 0)
		return sl_error_errno(err, "%s", argv[0]);
	if (code != 0)
		return sl_error_code(err, SL_ERR_IO, "program_failed",
		    "%s failed; its words are above", argv[0]);
	return SL_OK;
}

static enum sl_status
dump(const char *snapshot, const char *path, struct sl_error *err)
{
	char snapshot_word[128];
	char file_word[PATH_MAX + 16];
	char *argv[] = {(char[]){"pg_dump"}, (char[]){"--format=custom"},
	    (char[]){"--no-password"}, (char[]){"--schema=sluice"},
	    snapshot_word, file_word, NULL};

	snprintf(
	    snapshot_word, sizeof(snapshot_word), "--snapshot=%s", snapshot);
	snprintf(file_word, sizeof(file_word), "--file=%s", path);
	return run_program(argv, err);
}

static enum sl_status
join(
    char out[PATH_MAX], const char *dir, const char *name, struct sl_error *err)
{
	if (snprintf(out, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		return sl_error_set(
		    err, SL_ERR_LIMIT, "the folder's name is too long");
	return SL_OK;
}

/* ---- sums ---- */

static enum sl_status
hash_file(char out[HEX_LEN + 1], const char *path, struct sl_error *err)
{
	unsigned char digest[SL_SHA256_BYTES];
	unsigned char bytes[65536];
	struct sl_sha256 hash = {0};
	FILE *file = fopen(path, "rb");
	size_t len;
	enum sl_status status;

	if (file == NULL)
		return sl_error_errno(err, "%s", path);
	status = sl_sha256_init(&hash);
	while (
	    status == SL_OK && (len = fread(bytes, 1, sizeof(bytes), file)) > 0)
		sl_sha256_update(&hash, bytes, len);
	if (ferror(file))
		status = sl_error_errno(err, "%s", path);
	fclose(file);
	if (status != SL_OK) {
		sl_sha256_clear(&hash);
		return status;
	}
	status = sl_sha256_final(&hash, digest);
	sl_hex_encode(out, digest, sizeof(digest));
	return status;
}

/* The lines of SHA256SUMS, as sha256sum -c reads them. */
static enum sl_status
sum_up(struct sl_buf *out, const char *dir, struct sl_error *err)
{
	char path[PATH_MAX];
	char hex[HEX_LEN + 1];
	enum sl_status status = SL_OK;

	for (size_t i = 0; sealed[i] != NULL && status == SL_OK; i++) {
		status = join(path, dir, sealed[i], err);
		if (status == SL_OK)
			status = hash_file(hex, path, err);
		if (status == SL_OK)
			status = sl_buf_printf(out, "%s  %s\n", hex, sealed[i]);
	}
	return status;
}

static enum sl_status
check_sums(const char *dir, struct sl_error *err)
{
	char path[PATH_MAX];
	struct sl_buf wanted;
	struct sl_buf found;
	enum sl_status status = join(path, dir, SUMS, err);

	sl_buf_init(&wanted, SUMS_BYTES_MAX);
	sl_buf_init(&found, SUMS_BYTES_MAX);
	if (status == SL_OK)
		status = sl_file_read(&wanted, path, err);
	if (status == SL_OK)
		status = sum_up(&found, dir, err);
	if (status == SL_OK &&
	    (wanted.len != found.len ||
	        memcmp(wanted.data, found.data, found.len) != 0))
		status = sl_error_code(err, SL_ERR_INTEGRITY, "backup_damaged",
		    "the files in %s are not those of its " SUMS, dir);
	sl_buf_clear(&wanted);
	sl_buf_clear(&found);
	return status;
}

/* ---- backup ---- */

static enum sl_status
write_json(const char *dir, const char *name, const json_t *value,
    struct sl_error *err)
{
	char *text = json_dumps(value, JSON_INDENT(1) | JSON_SORT_KEYS);
	char path[PATH_MAX];
	enum sl_status status;

	if (text == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = join(path, dir, name, err);
	if (status == SL_OK)
		status = sl_file_replace(path, sl_slice_text(text), 0600, err);
	free(text);
	return status;
}

static enum sl_status
seal(const char *dir, struct sl_error *err)
{
	char path[PATH_MAX];
	struct sl_buf sums;
	enum sl_status status = join(path, dir, SUMS, err);

	sl_buf_init(&sums, SUMS_BYTES_MAX);
	if (status == SL_OK)
		status = sum_up(&sums, dir, err);
	if (status == SL_OK)
		status = sl_file_replace(path, sl_buf_slice(&sums), 0600, err);
	sl_buf_clear(&sums);
	return status;
}

/* The heads and the dump are of one snapshot. */
static enum sl_status
back_up(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	const char *dir = sl_run_text(run, "out");
	char path[PATH_MAX];
	json_t *started = NULL;
	enum sl_status status;

	(void)ctx;
	status = sl_db_begin(db, true, err);
	if (status == SL_OK)
		status = sl_store_backup_start(&started, db, err);
	if (status == SL_OK)
		status = join(path, dir, DUMP, err);
	if (status == SL_OK)
		status = dump(ctl_text(started, "snapshot"), path, err);
	if (status == SL_OK)
		status = write_json(
		    dir, HEADS, json_object_get(started, "heads"), err);
	if (status == SL_OK)
		status = seal(dir, err);
	if (status == SL_OK)
		*out = json_incref(json_object_get(started, "heads"));
	json_decref(started);
	return status;
}

/* A new folder, for the operator's eyes only. */
static enum sl_status
make_folder(const char *dir, struct sl_error *err)
{
	umask(077);
	if (mkdir(dir, 0700) == 0)
		return SL_OK;
	return sl_error_errno(err, "%s", dir);
}

static enum sl_status
run_backup(struct sl_run *run, struct sl_error *err)
{
	const char *dir = sl_run_text(run, "out");
	const char *conninfo;
	json_t *heads = NULL;
	enum sl_status status;

	status = ctl_conninfo(&conninfo, run, err);
	if (status == SL_OK)
		status = make_folder(dir, err);
	if (status == SL_OK)
		status = sl_db_export_conninfo(conninfo, err);
	if (status == SL_OK)
		status = ctl_ask_as(&heads, run,
		    "sluice_owner, which may read every table", back_up, NULL,
		    err);
	if (status != SL_OK)
		return status;
	sl_run_print(run, "%s: %s, %s, %s; %zu ledgers", dir, DUMP, HEADS, SUMS,
	    json_array_size(json_object_get(heads, "ledgers")));
	sl_run_json(run, heads);
	return SL_OK;
}

/* ---- restore-check ---- */

static enum sl_status
make_scratch(char *name, struct sl_error *err)
{
	char *argv[] = {(char[]){"createdb"}, (char[]){"--no-password"},
	    (char[]){"--template=template0"}, name, NULL};

	return run_program(argv, err);
}

static enum sl_status
drop_scratch(char *name, struct sl_error *err)
{
	char *argv[] = {(char[]){"dropdb"}, (char[]){"--no-password"},
	    (char[]){"--if-exists"}, (char[]){"--force"}, name, NULL};

	return run_program(argv, err);
}

static enum sl_status
restore(char *name, char *path, struct sl_error *err)
{
	char *argv[] = {(char[]){"pg_restore"}, (char[]){"--no-password"},
	    (char[]){"--exit-on-error"}, (char[]){"--single-transaction"},
	    (char[]){"--dbname"}, name, path, NULL};

	return run_program(argv, err);
}

static enum sl_status
compare_heads(struct sl_db *db, const char *dir, struct sl_error *err)
{
	char path[PATH_MAX];
	json_t *wanted = NULL;
	json_t *found = NULL;
	enum sl_status status = join(path, dir, HEADS, err);

	if (status == SL_OK)
		status = sl_store_backup_heads(&found, db, err);
	if (status != SL_OK)
		return status;
	wanted = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	json_object_del(wanted, "at");
	if (!json_equal(wanted, found))
		status = sl_error_code(err, SL_ERR_INTEGRITY, "heads_differ",
		    "what was restored does not have the heads of %s", path);
	json_decref(wanted);
	json_decref(found);
	return status;
}

/* In the restored database: the heads, then every invariant. */
static enum sl_status
inspect(json_t **out, struct sl_run *run, const char *name, const char *dir,
    struct sl_error *err)
{
	char conninfo[128];
	struct sl_db *db;
	enum sl_status status;

	snprintf(conninfo, sizeof(conninfo), "dbname=%s", name);
	status = sl_db_connect(&db, conninfo, err);
	if (status != SL_OK)
		return status;
	status = compare_heads(db, dir, err);
	if (status != SL_OK) {
		sl_db_close(db);
		return status;
	}
	return ctl_run_checks(out, run, db, err);
}

static enum sl_status
restore_and_inspect(
    json_t **out, struct sl_run *run, const char *dir, struct sl_error *err)
{
	char name[64];
	char path[PATH_MAX];
	struct sl_error dropping = {0};
	enum sl_status status = join(path, dir, DUMP, err);

	if (status != SL_OK)
		return status;
	snprintf(
	    name, sizeof(name), "sluice_restore_check_%ld", (long)getpid());
	status = make_scratch(name, err);
	if (status != SL_OK)
		return status;
	status = restore(name, path, err);
	if (status == SL_OK)
		status = inspect(out, run, name, dir, err);
	if (drop_scratch(name, &dropping) != SL_OK)
		sl_run_warn(run, "the database %s is still there", name);
	return status;
}

static enum sl_status
run_restore_check(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Invariant", SL_COLUMN_TEXT},
	    {"broken", "Broken rows", SL_COLUMN_COUNT},
	    {0},
	};
	const char *dir = sl_run_arg(run, 0);
	const char *conninfo;
	json_t *results = NULL;
	enum sl_status status;

	status = ctl_conninfo(&conninfo, run, err);
	if (status == SL_OK)
		status = check_sums(dir, err);
	if (status == SL_OK)
		status = sl_db_export_conninfo(conninfo, err);
	if (status == SL_OK)
		status = restore_and_inspect(&results, run, dir, err);
	if (results != NULL &&
	    ctl_print_rows(
	        run, columns, json_incref(results), "no checks", NULL) != SL_OK)
		status = SL_ERR_NOMEM;
	json_decref(results);
	if (status == SL_OK)
		sl_run_say(
		    run, "%s comes back whole, with the same heads", dir);
	return status;
}

static const struct sl_option backup_options[] = {
    {.name = "out",
        .kind = SL_VALUE_TEXT,
        .argument = "DIR",
        .is_required = true,
        .help = "a folder that is made for it"},
    {0},
};

static const struct sl_option restore_options[] = {CTL_SQL_DIR_OPTION, {0}};

const struct sl_command ctl_db_backup = {
    .name = "db backup",
    .summary = "dump the schema, with the heads of all hash chains",
    .options = backup_options,
    .details = "Runs pg_dump; needs a login that may read every table, such "
               "as the owner's.\nThe objects and the pepper are files and not "
               "in it: back them up, too.",
    .run = run_backup,
};

const struct sl_command ctl_db_restore_check = {
    .name = "db restore-check",
    .summary = "prove that a backup comes back whole",
    .arguments = "DIR",
    .args_min = 1,
    .args_max = 1,
    .options = restore_options,
    .details = "Restores into a database of its own, compares the heads, runs "
               "the checks\nand drops it again.  Needs a login that may make "
               "databases.",
    .run = run_restore_check,
};
