// Command airmock is a fake Airstack tenant for Microsoft Entra ID.
package main

func main() {}
