// The program's own Asio and Beast.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
