/* The suites of this layer's one test program. */
#ifndef TESTS_UNIT_NET_SUITES_H
#define TESTS_UNIT_NET_SUITES_H

#include <check.h>

TCase *parser_tcase(void);
TCase *server_tcase(void);
TCase *deadline_tcase(void);
TCase *body_tcase(void);
TCase *tls_tcase(void);

#endif /* TESTS_UNIT_NET_SUITES_H */
