//! As much of aisle.h as this program needs: its declarations, and types that free what they hold.

use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

const OK: c_int = 0;
const END: c_int = 1;
const SAMPLE_DELIVERED: i64 = 0;

#[repr(C)]
struct EngineOptions {
    size: usize,
    endpoint: *const c_char,
    token: *const c_char,
    token_file: *const c_char,
    ca_file: *const c_char,
    certificate_file: *const c_char,
    key_file: *const c_char,
    // The fields that follow in aisle.h are left out: `size` says so, and they have their defaults.
}

#[repr(C)]
struct Entry {
    size: usize,
    bucket: *const c_char,
    object: *const c_char,
    archpath: *const c_char,
    start: i64,
    length: i64,
    expected_size: i64,
    expected_checksum: *const c_char,
    opaque: *const c_void,
    opaque_size: usize,
    tag: u64,
}

#[repr(C)]
struct FeedOptions {
    size: usize,
    bucket: *const c_char,
}

#[repr(C)]
struct SampleInfo {
    size: usize,
    batch: u64,
    index: u64,
    batch_size: u64,
    tag: u64,
    status: i64,
    data: *const c_void,
    data_size: usize,
    bucket: *const c_char,
    object: *const c_char,
}

enum RawEngine {}
enum RawStream {}
enum RawBlock {}
enum RawError {}

extern "C" {
    fn aisle_version() -> *const c_char;
    fn aisle_engine_new(options: *const EngineOptions, engine: *mut *mut RawEngine, error: *mut *mut RawError) -> c_int;
    fn aisle_engine_free(engine: *mut RawEngine);
    fn aisle_feed_open(
        engine: *mut RawEngine,
        options: *const FeedOptions,
        feed: *mut *mut RawStream,
        error: *mut *mut RawError,
    ) -> c_int;
    fn aisle_feed_submit(feed: *mut RawStream, entry: *const Entry, error: *mut *mut RawError) -> c_int;
    fn aisle_feed_end_input(feed: *mut RawStream);
    fn aisle_stream_next(
        stream: *mut RawStream,
        timeout: i64,
        block: *mut *mut RawBlock,
        error: *mut *mut RawError,
    ) -> c_int;
    fn aisle_stream_free(stream: *mut RawStream);
    fn aisle_block_size(block: *const RawBlock) -> usize;
    fn aisle_block_sample(block: *const RawBlock, at: usize, info: *mut SampleInfo, error: *mut *mut RawError) -> c_int;
    fn aisle_block_error(block: *const RawBlock, at: usize) -> *mut RawError;
    fn aisle_block_free(block: *mut RawBlock);
    fn aisle_error_name(error: *const RawError) -> *const c_char;
    fn aisle_error_message(error: *const RawError) -> *const c_char;
    fn aisle_error_free(error: *mut RawError);
}

fn text(from: *const c_char) -> String {
    unsafe { CStr::from_ptr(from) }.to_string_lossy().into_owned()
}

pub fn version() -> String {
    text(unsafe { aisle_version() })
}

#[derive(Debug)]
pub struct Error {
    pub name: String,
    pub message: String,
}

impl Error {
    fn take(raw: *mut RawError) -> Error {
        let (name, message) = unsafe { (text(aisle_error_name(raw)), text(aisle_error_message(raw))) };
        unsafe { aisle_error_free(raw) };
        Error { name, message }
    }
}

/// The status, where it is no failure.
fn check(status: c_int, error: *mut RawError) -> Result<c_int, Error> {
    if status == OK || status == END {
        Ok(status)
    } else {
        Err(Error::take(error))
    }
}

pub struct Engine(*mut RawEngine);

impl Engine {
    pub fn new(endpoint: Option<&str>) -> Result<Engine, Error> {
        let endpoint = endpoint.map(|e| CString::new(e).unwrap());
        let options = EngineOptions {
            size: std::mem::size_of::<EngineOptions>(),
            endpoint: endpoint.as_ref().map_or(null(), |e| e.as_ptr()),
            token: null(),
            token_file: null(),
            ca_file: null(),
            certificate_file: null(),
            key_file: null(),
        };
        let (mut engine, mut error) = (null_mut(), null_mut());
        check(unsafe { aisle_engine_new(&options, &mut engine, &mut error) }, error)?;
        Ok(Engine(engine))
    }

    /// A feed whose entries are objects of one bucket.
    pub fn feed(&self, bucket: &str) -> Result<Feed, Error> {
        let bucket = CString::new(bucket).unwrap();
        let options = FeedOptions { size: std::mem::size_of::<FeedOptions>(), bucket: bucket.as_ptr() };
        let (mut feed, mut error) = (null_mut(), null_mut());
        check(unsafe { aisle_feed_open(self.0, &options, &mut feed, &mut error) }, error)?;
        Ok(Feed(feed))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        unsafe { aisle_engine_free(self.0) }
    }
}

pub struct Feed(*mut RawStream);

impl Feed {
    pub fn submit(&mut self, object: &str, tag: u64) -> Result<(), Error> {
        let object = CString::new(object).unwrap();
        let entry = Entry {
            size: std::mem::size_of::<Entry>(),
            bucket: null(),
            object: object.as_ptr(),
            archpath: null(),
            start: 0,
            length: 0,
            expected_size: 0,
            expected_checksum: null(),
            opaque: null(),
            opaque_size: 0,
            tag,
        };
        let mut error = null_mut();
        check(unsafe { aisle_feed_submit(self.0, &entry, &mut error) }, error).map(|_| ())
    }

    pub fn end_input(&mut self) {
        unsafe { aisle_feed_end_input(self.0) }
    }

    pub fn next(&mut self) -> Result<Option<Block>, Error> {
        let (mut block, mut error) = (null_mut(), null_mut());
        let status = check(unsafe { aisle_stream_next(self.0, -1, &mut block, &mut error) }, error)?;
        Ok((status == OK).then_some(Block(block)))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        unsafe { aisle_stream_free(self.0) }
    }
}

pub struct Block(*mut RawBlock);

/// Its data lives as long as the block.
pub struct Sample<'a> {
    pub tag: u64,
    pub object: String,
    pub data: &'a [u8],
}

impl Block {
    pub fn samples(&self) -> impl Iterator<Item = Result<Sample<'_>, Error>> {
        (0..unsafe { aisle_block_size(self.0) }).map(move |at| self.sample(at))
    }

    fn sample(&self, at: usize) -> Result<Sample<'_>, Error> {
        let mut info: SampleInfo = unsafe { std::mem::zeroed() };
        info.size = std::mem::size_of::<SampleInfo>();
        let mut error = null_mut();
        check(unsafe { aisle_block_sample(self.0, at, &mut info, &mut error) }, error)?;
        if info.status != SAMPLE_DELIVERED {
            return Err(Error::take(unsafe { aisle_block_error(self.0, at) }));
        }
        let data = match info.data_size {
            0 => &[][..],
            size => unsafe { std::slice::from_raw_parts(info.data.cast(), size) },
        };
        Ok(Sample { tag: info.tag, object: text(info.object), data })
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        unsafe { aisle_block_free(self.0) }
    }
}
