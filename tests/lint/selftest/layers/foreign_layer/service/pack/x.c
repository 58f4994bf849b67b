#include "sluice/base/status.h"
#include "sluice/store/batch.h"
