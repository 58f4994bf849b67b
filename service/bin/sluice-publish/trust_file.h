/* Trust files on this machine: FOLDER/trust/N/ holds the text, `trust`, and a
 * signature of each root key that signed it, KEYID16.minisig. */
#ifndef SL_SLUICE_PUBLISH_TRUST_FILE_H
#define SL_SLUICE_PUBLISH_TRUST_FILE_H

#include "sluice/catalog/trust.h"

struct sl_run;

/* A version with its bytes and signatures. */
struct trust_file {
	struct sl_trust trust;
	struct sl_buf text;
	struct sl_buf files[SL_TRUST_SIGNATURES_MAX];
	struct sl_slice signatures[SL_TRUST_SIGNATURES_MAX];
	size_t signature_count;
};

void trust_file_init(struct trust_file *file);
void trust_file_clear(struct trust_file *file);

/* The text at `path`, and every *.minisig of its folder. */
SL_MUST_CHECK enum sl_status trust_file_read(
    struct trust_file *out, const char *path, struct sl_error *err);

/* The newest version that is installed. */
SL_MUST_CHECK enum sl_status trust_file_installed(
    struct trust_file *out, struct sl_run *run, struct sl_error *err);

/* Write FOLDER/trust/N/trust without signatures; *out is its path, the
 * caller's to free.  SL_ERR_EXISTS, code trust_exists, rather than replace a
 * version that has other bytes. */
SL_MUST_CHECK enum sl_status trust_file_write(char **out, const char *folder,
    const struct sl_trust *trust, struct sl_error *err);

/* Sign the text at `path` into KEYID16.minisig beside it, or into `to`; *out
 * is the signature's path, the caller's to free. */
SL_MUST_CHECK enum sl_status trust_file_sign(char **out, const char *path,
    const char *to, struct sl_slice text, const struct sl_sign_key *key,
    struct sl_error *err);

/* What it says, for people; nothing with --json. */
void trust_file_print(struct sl_run *run, const struct sl_trust *trust);

/* Lines that `to` has and `from` lacks with "+", the others with "-". */
void trust_file_print_changes(
    struct sl_run *run, struct sl_slice from, struct sl_slice to);

#endif /* SL_SLUICE_PUBLISH_TRUST_FILE_H */
