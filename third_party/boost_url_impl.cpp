// Boost.URL compiled here, where Debian's static library cannot go into a shared object (AISLE_PORTABLE).
#include <boost/url/src.hpp>
