#ifndef AISLE_H
#define AISLE_H

/*
 * The C API of Aisle, for C and for every language that can call C. docs/c-api.md is a guide.
 *
 * Handles (aisle_engine, aisle_stream ...) are opaque. The caller frees each handle that a function returns, with the
 * function that is named after the handle; these functions accept NULL. One thread at a time may use a handle, unless
 * its functions say otherwise.
 *
 * Functions that can fail return an aisle_status. Each status except AISLE_OK, AISLE_END and AISLE_NOT_READY is a
 * failure. If the last parameter is an aisle_error **, a failure stores an error there, which the caller frees;
 * otherwise nothing is stored. The argument may be NULL. Outputs are written only with AISLE_OK. No exception leaves a
 * function.
 *
 * Structs begin with their size: set it to sizeof the struct. A field that the caller's version of this header does
 * not have keeps its default. A field that the library's version does not have must be zero; otherwise the call fails
 * with AISLE_UNSUPPORTED. In structs that the caller fills, zero is the default of every field, and NULL for a struct
 * means all defaults. A number is 0 for the default, AISLE_NONE for zero, INT64_MAX for no limit. A flag is 0 or 1;
 * AISLE_NONE is 0. Times are in milliseconds. The C++ headers document the meaning, range and default of each field
 * under the same name.
 *
 * Texts are UTF-8 and end with a NUL byte. The library copies the texts that the caller passes. NULL is an empty text,
 * or the default.
 */

#include <aisle/export.h>
#include <aisle/version.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For numbers: zero, where 0 stands for the default. For flags: 0, except for skip_verify. */
#define AISLE_NONE (-1)

typedef enum aisle_status {
    AISLE_OK = 0,
    AISLE_END = 1,              /* there are no more */
    AISLE_NOT_READY = 2,        /* nothing has arrived yet */
    AISLE_INVALID_ARGUMENT = 3, /* an argument, option or entry is out of its range */
    AISLE_UNSUPPORTED = 4,      /* this build, or this version of the library, cannot do it */
    AISLE_CANCELLED = 5,        /* the caller cancelled it, or freed the engine */
    AISLE_TIMED_OUT = 6,        /* a time limit has passed */
    AISLE_NO_MEMORY = 7,
    AISLE_MISSING = 8,          /* it does not exist, according to the server */
    AISLE_UNREACHABLE = 9,      /* the host name, the connection or TLS failed */
    AISLE_REFUSED = 10,         /* the server responded with an error; see aisle_error_http_status() */
    AISLE_BAD_ANSWER = 11,      /* a response or a payload is damaged, incomplete or too large */
    AISLE_CALLBACK_FAILED = 12, /* a callback of the caller returned a failure */
    AISLE_SYSTEM_ERROR = 13     /* the operating system returned an error, for example no thread or no descriptor */
} aisle_status;

typedef struct aisle_engine aisle_engine;
typedef struct aisle_batch aisle_batch;
typedef struct aisle_stream aisle_stream;
typedef struct aisle_run aisle_run;
typedef struct aisle_block aisle_block;
typedef struct aisle_sample aisle_sample;
typedef struct aisle_bucket aisle_bucket;
typedef struct aisle_object aisle_object;
typedef struct aisle_listing aisle_listing;
typedef struct aisle_error aisle_error;

/* The version of the loaded library, such as "0.1.0". AISLE_VERSION is the version of this header. Any thread. */
AISLE_API const char* aisle_version(void);

/* ---- errors: all texts are valid until the error is freed. Several threads may read an error at once. */

AISLE_API aisle_status aisle_error_status(aisle_error const* error);
/* The stable name of the code as in aisle::errc, such as "short_batch"; "CATEGORY:NUMBER" for other codes. */
AISLE_API const char* aisle_error_name(aisle_error const* error);
/* What happened, where, and what to do about it, in one line. */
AISLE_API const char* aisle_error_message(aisle_error const* error);
/* The HTTP status of the server's response; 0: there was no response. */
AISLE_API int aisle_error_http_status(aisle_error const* error);
/* The server's message, and AIStore's name of the error (such as "ErrBckNotFound"); both may be empty. */
AISLE_API const char* aisle_error_server_text(aisle_error const* error);
AISLE_API const char* aisle_error_server_code(aisle_error const* error);
/* 1: the same request may succeed later; else 0. */
AISLE_API int aisle_error_is_retryable(aisle_error const* error);
AISLE_API void aisle_error_free(aisle_error* error);

/* ---- engines */

/* aisle::engine_options (options.hpp). endpoint, token and files: NULL is the value of the environment variable
 * AIS_ENDPOINT, AIS_AUTHN_TOKEN, AIS_AUTHN_TOKEN_FILE, AIS_CLIENT_CA, AIS_CRT, AIS_CRT_KEY. */
typedef struct aisle_engine_options {
    size_t size;
    char const* endpoint; /* "http://host:port", or several, separated by commas */
    char const* token;
    char const* token_file;
    char const* ca_file;
    char const* certificate_file;
    char const* key_file;
    /* 1: the server's certificate is not checked; AISLE_NONE: it is checked; 0: as AIS_SKIP_VERIFY_CRT says */
    int64_t skip_verify;
    int64_t memory_budget_bytes;
    int64_t max_sample_bytes;
    int64_t shards;
    int64_t connect_timeout;
    int64_t proxy_timeout;
    int64_t first_byte_timeout;
    int64_t idle_timeout;
    int64_t request_timeout;
    int64_t cold_gets;
} aisle_engine_options;

/* Creates an engine. It sends nothing and starts no thread before its first use. Any number of threads may use an
 * engine at once. */
AISLE_API aisle_status aisle_engine_new(aisle_engine_options const* options, aisle_engine** engine,
                                        aisle_error** error);
/* Cancels all requests and ends the engine's threads. Streams, blocks, samples and objects stay valid. */
AISLE_API void aisle_engine_free(aisle_engine* engine);
/* Call it before fork(). Ends the threads of all engines; they start again at their next use. Returns 1, or 0 on an
 * engine's own thread, where it does nothing. See aisle::engine::prepare_fork(). */
AISLE_API int aisle_prepare_fork(void);

/* ---- batches */

/* One thing to fetch: aisle::entry (batch.hpp). */
typedef struct aisle_entry {
    size_t size;
    char const* bucket; /* "ais://name"; NULL: the bucket of the batch, source or feed */
    char const* object;
    char const* archpath;          /* path of a member of the object, an archive; NULL: the object itself */
    int64_t start;                 /* first byte to fetch */
    int64_t length;                /* number of bytes; 0 with start 0: all; -1: to the end */
    int64_t expected_size;         /* size of the payload in bytes; 0: unknown */
    char const* expected_checksum; /* "TYPE:HEX"; NULL: unknown */
    void const* opaque;            /* any bytes; the sample returns them. They are copied */
    size_t opaque_size;
    uint64_t tag; /* any number; the sample returns it */
} aisle_entry;

AISLE_API aisle_status aisle_batch_new(char const* bucket, aisle_batch** batch, aisle_error** error);
/* Adds an entry. It is checked when the batch is requested: an invalid entry becomes a failed sample. */
AISLE_API aisle_status aisle_batch_add(aisle_batch* batch, aisle_entry const* entry, aisle_error** error);
AISLE_API size_t aisle_batch_size(aisle_batch const* batch);
AISLE_API void aisle_batch_free(aisle_batch* batch);

/* ---- streams: samples, in the order of the requests */

/* For aisle_stream_options.form. */
enum { AISLE_FORM_BATCH = 0, AISLE_FORM_OBJECTS = 1, AISLE_FORM_FASTEST = 2 };

/* aisle::retry_options (retry.hpp). */
typedef struct aisle_retry_options {
    size_t size;
    int64_t attempts;
    int64_t elapsed;
    int64_t first_wait;
    int64_t longest_wait;
    int64_t unreached;
} aisle_retry_options;

/* aisle::stream_options (options.hpp). The name of a flag says what 1 changes. */
typedef struct aisle_stream_options {
    size_t size;
    int64_t in_flight;
    int64_t max_in_flight;
    int64_t form;
    char const* output_format;
    int64_t buffered;         /* streaming_get = false */
    int64_t stop_at_error;    /* cont_on_err = false */
    int64_t missing_is_error; /* missing = on_missing::fail */
    int64_t as_completed;     /* order = batch_order::completed */
    int64_t send_opaque;
    int64_t colocation; /* 0 to 2 */
    int64_t decompress;
    int64_t no_hedging; /* hedging = false */
    int64_t join_runs;
    int64_t detach_below;
    int64_t run_timeout;
    aisle_retry_options const* retry;
} aisle_stream_options;

/* A source of batches. `next` fills an empty batch and returns AISLE_OK. It returns AISLE_END after the last batch, and
 * AISLE_NOT_READY if it has no batch yet; it is then called again when another batch ends, when
 * aisle_stream_input_ready() is called, and after 20 ms at the latest. Any other status cancels the stream with
 * AISLE_CALLBACK_FAILED. Calls never overlap. They come from an engine thread, from the thread that opens the stream,
 * or from one that takes samples. It must not block for long. The batch is valid until `next` returns: do not free it.
 * `destroy` is not called if the size of this struct, or a field that the library does not know, is refused. */
typedef struct aisle_source {
    size_t size;
    char const* bucket; /* for entries without a bucket */
    aisle_status (*next)(void* user, aisle_batch* batch);
    void (*destroy)(void* user); /* called once, as the last call, also if the stream cannot be opened; may be NULL */
    void* user;
} aisle_source;

/* The outcome of a stream: aisle::summary (options.hpp). */
typedef struct aisle_summary {
    size_t size;
    uint64_t batches;
    uint64_t delivered;
    uint64_t missing;
    uint64_t failed;
    uint64_t bytes;
    uint64_t retries;
    uint64_t hedges;
    uint64_t cold;
} aisle_summary;

/* Requests one batch. The stream takes its entries: the batch is empty afterwards and may be filled again. After a
 * failure it may be empty too. */
AISLE_API aisle_status aisle_stream_get(aisle_engine* engine, aisle_batch* batch, aisle_stream_options const* options,
                                        aisle_stream** stream, aisle_error** error);
/* Requests all batches of a source. */
AISLE_API aisle_status aisle_stream_open(aisle_engine* engine, aisle_source const* source,
                                         aisle_stream_options const* options, aisle_stream** stream,
                                         aisle_error** error);
/* Takes the next samples. Waits for at most `timeout`; 0: does not wait; negative: no limit. AISLE_END after the last
 * block and after aisle_stream_cancel(); AISLE_NOT_READY after the timeout. */
AISLE_API aisle_status aisle_stream_next(aisle_stream* stream, int64_t timeout, aisle_block** block,
                                         aisle_error** error);
/* A descriptor (an eventfd) for poll, epoll or another event loop. It is readable when aisle_stream_next() would not
 * return AISLE_NOT_READY, and stays readable until it has returned AISLE_NOT_READY. Do not read from it, write to it
 * or close it: the stream closes it. */
AISLE_API aisle_status aisle_stream_descriptor(aisle_stream* stream, int* descriptor, aisle_error** error);
/* Notifies the stream that its source, which returned AISLE_NOT_READY, has a batch now. Any thread. */
AISLE_API void aisle_stream_input_ready(aisle_stream* stream);
/* Waits until every response is read to its end and checked. Drops samples that were not taken. Fails only if the
 * stream as a whole failed or was cancelled. summary may be NULL. */
AISLE_API aisle_status aisle_stream_finish(aisle_stream* stream, aisle_summary* summary, aisle_error** error);
/* After aisle_stream_finish(): the first fault of any batch, or NULL. Valid until the stream is freed. */
AISLE_API const aisle_error* aisle_stream_fault(aisle_stream const* stream);
/* Ends the stream soon. Any thread; may be called twice. */
AISLE_API void aisle_stream_cancel(aisle_stream* stream);
/* Cancels the stream's requests and does not wait for the network. Afterwards no callback of the stream runs. */
AISLE_API void aisle_stream_free(aisle_stream* stream);

/* A consumer to which an engine thread passes samples. */
typedef struct aisle_sink {
    size_t size;
    /* Takes a block and frees it, now or later, also if it fails. A status other than AISLE_OK cancels the stream.
     * Return quickly: the thread reads no sockets meanwhile. */
    aisle_status (*take)(void* user, aisle_block* block);
    /* Called once, as the last call. error: NULL if the stream ran to its end. fault: the first fault of any batch, or
     * NULL. All three are valid until it returns. The summary has summary->size bytes, fewer than the caller's version
     * of the struct if the library is older. */
    void (*done)(void* user, aisle_summary const* summary, aisle_error const* fault, aisle_error const* error);
    void* user;
} aisle_sink;

/* Passes every sample to `sink`. If this function fails, `done` is not called. An error that the engine finds, such as
 * an option out of range, is passed to `done` instead. `done` may be called before this function returns.
 * aisle_run_cancel() ends the stream, from any thread. The run may be freed at any time, which does not end the stream.
 * run may be NULL. */
AISLE_API aisle_status aisle_stream_start(aisle_engine* engine, aisle_source const* source,
                                          aisle_stream_options const* options, aisle_sink const* sink, aisle_run** run,
                                          aisle_error** error);
AISLE_API void aisle_run_cancel(aisle_run* run);
AISLE_API void aisle_run_free(aisle_run* run);

/* ---- feeds: streams whose entries are submitted one by one */

/* aisle::feed_options (feed.hpp). */
typedef struct aisle_feed_options {
    size_t size;
    char const* bucket; /* for entries without a bucket */
    int64_t batch_size;
    int64_t batch_bytes;
    int64_t linger;
    int64_t max_waiting;
    aisle_stream_options const* stream;
} aisle_feed_options;

AISLE_API aisle_status aisle_feed_open(aisle_engine* engine, aisle_feed_options const* options, aisle_stream** feed,
                                       aisle_error** error);
/* Submits an entry. Blocks while max_waiting entries wait. AISLE_END: the feed accepts no more. Any thread. */
AISLE_API aisle_status aisle_feed_submit(aisle_stream* feed, aisle_entry const* entry, aisle_error** error);
/* Submits a batch, which becomes one request, and takes its entries, also with AISLE_END. Any thread. */
AISLE_API aisle_status aisle_feed_submit_batch(aisle_stream* feed, aisle_batch* batch, aisle_error** error);
/* Number of entries that can be submitted without blocking. 0 for a stream that is not a feed. Any thread. */
AISLE_API size_t aisle_feed_room(aisle_stream const* feed);
/* Ends the input: the stream ends when every submitted entry has its result. Any thread. */
AISLE_API void aisle_feed_end_input(aisle_stream* feed);

/* ---- blocks and samples */

/* For aisle_sample_info.status. */
enum { AISLE_SAMPLE_DELIVERED = 0, AISLE_SAMPLE_MISSING = 1, AISLE_SAMPLE_FAILED = 2 };

/* The result of one entry. Pointers are valid while the block or the sample lives. */
typedef struct aisle_sample_info {
    size_t size;
    uint64_t batch;      /* number within the stream, from 0 */
    uint64_t index;      /* of the entry within its batch, from 0 */
    uint64_t batch_size; /* entries of the batch */
    uint64_t tag;
    int64_t status;
    void const* data; /* the payload; NULL unless delivered */
    size_t data_size;
    char const* bucket;
    char const* object;
    char const* archpath;
    void const* opaque;
    size_t opaque_size;
} aisle_sample_info;

/* Consecutive samples of one batch that arrived together. Freeing the block returns their memory. Different threads may
 * read different samples of a block at once. */
AISLE_API size_t aisle_block_size(aisle_block const* block);
AISLE_API aisle_status aisle_block_sample(aisle_block const* block, size_t index, aisle_sample_info* info,
                                          aisle_error** error);
/* Why a sample is missing or failed; the caller frees it. NULL for a delivered sample. */
AISLE_API aisle_error* aisle_block_error(aisle_block const* block, size_t index);
/* A sample that outlives the block. It keeps the block's memory, or owns a copy; see detach_below. */
AISLE_API aisle_status aisle_block_keep(aisle_block const* block, size_t index, aisle_sample** sample,
                                        aisle_error** error);
AISLE_API void aisle_block_free(aisle_block* block);

AISLE_API aisle_status aisle_sample_get_info(aisle_sample const* sample, aisle_sample_info* info, aisle_error** error);
AISLE_API void aisle_sample_free(aisle_sample* sample);

/* ---- buckets: each call blocks until it is done. Any thread, except an engine's own */

/* Metadata of an object: aisle::object_info (object_info.hpp). */
typedef struct aisle_object_info {
    size_t size;
    char const* name;
    char const* archpath; /* "" for the object itself */
    uint64_t bytes;
    char const* checksum; /* "TYPE:HEX"; "": unknown */
    char const* version;
    char const* location;
    int64_t cached;
    int64_t is_archive;
    int64_t is_unreadable;
} aisle_object_info;

typedef struct aisle_get_options {
    size_t size;
    char const* archpath;
    int64_t start;
    int64_t length;
    aisle_retry_options const* retry;
} aisle_get_options;

typedef struct aisle_list_options {
    size_t size;
    int64_t details;
    int64_t members;
    int64_t cached_only;
    int64_t page_entries;
    int64_t pages_ahead;
    aisle_retry_options const* retry;
} aisle_list_options;

/* A bucket, such as "ais://name". Sends nothing. The handle outlives the engine; its calls then return
 * AISLE_CANCELLED. */
AISLE_API aisle_status aisle_bucket_open(aisle_engine* engine, char const* uri, aisle_bucket** bucket,
                                         aisle_error** error);
AISLE_API void aisle_bucket_free(aisle_bucket* bucket);
/* Creates the bucket. AISLE_END: it existed. */
AISLE_API aisle_status aisle_bucket_create(aisle_bucket const* bucket, aisle_retry_options const* retry,
                                           aisle_error** error);
/* Destroys the bucket and all its objects. AISLE_END: there was no such bucket. */
AISLE_API aisle_status aisle_bucket_destroy(aisle_bucket const* bucket, aisle_retry_options const* retry,
                                            aisle_error** error);
/* The metadata of an object. AISLE_MISSING: it does not exist. */
AISLE_API aisle_status aisle_bucket_head(aisle_bucket const* bucket, char const* name, aisle_retry_options const* retry,
                                         aisle_object** object, aisle_error** error);
/* The bytes and the metadata of an object. AISLE_MISSING: it does not exist. */
AISLE_API aisle_status aisle_bucket_get(aisle_bucket const* bucket, char const* name, aisle_get_options const* options,
                                        aisle_object** object, aisle_error** error);
/* Stores bytes as an object; replaces an existing one of that name. object, its metadata, may be NULL. */
AISLE_API aisle_status aisle_bucket_put(aisle_bucket const* bucket, char const* name, void const* data,
                                        size_t data_size, aisle_retry_options const* retry, aisle_object** object,
                                        aisle_error** error);

AISLE_API aisle_status aisle_object_get_info(aisle_object const* object, aisle_object_info* info, aisle_error** error);
/* The bytes, valid until the object is freed. An object of aisle_bucket_head() or aisle_bucket_put() has none. */
AISLE_API const void* aisle_object_data(aisle_object const* object, size_t* data_size);
AISLE_API void aisle_object_free(aisle_object* object);

/* Lists the objects whose names begin with prefix, in the order of their names. NULL: all objects. */
AISLE_API aisle_status aisle_bucket_list(aisle_bucket const* bucket, char const* prefix,
                                         aisle_list_options const* options, aisle_listing** listing,
                                         aisle_error** error);
/* The next object; its texts are valid until the next call. AISLE_END after the last one. */
AISLE_API aisle_status aisle_listing_next(aisle_listing* listing, aisle_object_info* info, aisle_error** error);
AISLE_API void aisle_listing_free(aisle_listing* listing);

#ifdef __cplusplus
}
#endif

#endif
