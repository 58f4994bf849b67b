#ifndef SL_UNIT_CLIENT_SUITES_H
#define SL_UNIT_CLIENT_SUITES_H

#include <check.h>

TCase *apply_cases(void);
TCase *book_cases(void);
TCase *budget_cases(void);
TCase *chain_cases(void);
TCase *delivery_cases(void);
TCase *heads_cases(void);
TCase *holdings_cases(void);
TCase *journal_cases(void);
TCase *notary_cases(void);
TCase *problem_cases(void);
TCase *receiver_cases(void);
TCase *state_cases(void);
TCase *tree_cases(void);

#endif /* SL_UNIT_CLIENT_SUITES_H */
