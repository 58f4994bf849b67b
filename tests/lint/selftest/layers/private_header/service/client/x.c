#include "../pack/private.h"
