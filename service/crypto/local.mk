noinst_LIBRARIES += service/crypto/libsl_crypto.a
service_crypto_libsl_crypto_a_SOURCES = \
	include/sluice/crypto/blake2b.h service/crypto/blake2b.c \
	include/sluice/crypto/hmac.h service/crypto/hmac.c \
	include/sluice/crypto/key.h service/crypto/key.c \
	service/crypto/key_file.h service/crypto/key_file.c \
	service/crypto/key_seal.h service/crypto/key_seal.c \
	include/sluice/crypto/minisig.h service/crypto/minisig.c \
	include/sluice/crypto/random.h service/crypto/random.c \
	include/sluice/crypto/sha256.h service/crypto/sha256.c \
	service/crypto/sodium_start.h service/crypto/sodium_start.c \
	include/sluice/crypto/token.h service/crypto/token.c
EXTRA_DIST += service/crypto/README.md service/crypto/.may_include
