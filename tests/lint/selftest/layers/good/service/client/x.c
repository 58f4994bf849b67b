/* #include "sluice/store/batch.h" */
#include <curl/curl.h>

#include "sluice/base/status.h"
#include "x.h"
