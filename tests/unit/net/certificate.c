/* A self-signed certificate for tests, made on the spot. */
#include <check.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "peer.h"

#define LIFETIME_S 86400

static X509 *
self_sign(EVP_PKEY *key, const char *common_name)
{
	X509 *cert = X509_new();
	X509_NAME *name;

	ck_assert_ptr_nonnull(cert);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), LIFETIME_S);
	X509_set_pubkey(cert, key);
	name = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)common_name, -1, -1, 0);
	X509_set_issuer_name(cert, name);
	ck_assert_int_gt(X509_sign(cert, key, EVP_sha256()), 0);
	return cert;
}

void
certificate_make(const char *folder, const char *common_name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = self_sign(key, common_name);
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/cert.pem", folder);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(PEM_write_X509(file, cert), 1);
	fclose(file);
	snprintf(path, sizeof(path), "%s/key.pem", folder);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(
	    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	X509_free(cert);
	EVP_PKEY_free(key);
}
