noinst_LIBRARIES += service/api/libsl_api.a
service_api_libsl_api_a_SOURCES = \
	include/sluice/api/api.h service/api/api.c \
	service/api/account.c \
	service/api/activate.c \
	service/api/assets.h \
	service/api/card.h service/api/card.c \
	service/api/datasets.c \
	service/api/deliver.c \
	service/api/events.c \
	service/api/internal.h \
	service/api/licence.c \
	service/api/limit.h service/api/limit.c \
	service/api/log.c \
	service/api/object.c \
	service/api/page.c \
	service/api/page_dataset.c \
	service/api/page_list.c \
	service/api/page_log.h service/api/page_log.c \
	service/api/page_terms.h service/api/page_terms.c \
	service/api/query.h service/api/query.c \
	service/api/quote.c \
	service/api/range.h service/api/range.c \
	service/api/receipt.c \
	service/api/request.h service/api/request.c \
	service/api/requests.c \
	service/api/route.h service/api/route.c \
	service/api/stored.h service/api/stored.c \
	service/api/subscriber.h service/api/subscriber.c \
	service/api/template.h service/api/template.c \
	service/api/trust.c \
	service/api/words.h service/api/words.c
nodist_service_api_libsl_api_a_SOURCES = service/api/assets.c
service_api_libsl_api_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/service/api

web_files = \
	catalog/web/activate.html \
	catalog/web/dataset.html \
	catalog/web/error.html \
	catalog/web/foot.html \
	catalog/web/head.html \
	catalog/web/icon.svg \
	catalog/web/list.html \
	catalog/web/style.css

service/api/assets.c: $(web_files) service/embed
	$(AM_V_GEN)$(MKDIR_P) service/api && \
	files= && for f in $(web_files); do files="$$files $(srcdir)/$$f"; done && \
	$(SHELL) $(srcdir)/service/embed assets.h asset $$files > $@.tmp && mv $@.tmp $@

BUILT_SOURCES += service/api/assets.c
CLEANFILES += service/api/assets.c
EXTRA_DIST += $(web_files) service/embed service/api/README.md \
	service/api/.may_include
