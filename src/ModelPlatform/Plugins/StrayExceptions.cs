using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.Loader;

namespace ModelPlatform.Plugins;

/// <summary>Exceptions that leave a thread a plugin started itself, or an <c>async void</c> of it: .NET would end the process for them.</summary>
/// <remarks>
/// They are held against the plugin whose code is on the stack, and the process goes on. Everybody else's end the process as ever. What no handler can hold back:
/// a stack that overflows, memory that runs out, <see cref="Environment.Exit"/> and <see cref="Environment.FailFast(string)"/>, and faults in native code.
/// </remarks>
internal static class StrayExceptions
{
    private static readonly ConditionalWeakTable<AssemblyLoadContext, PluginConduct> Plugins = [];

    static StrayExceptions() => ExceptionHandling.SetUnhandledExceptionHandler(IsOfAPlugin);

    /// <summary>Holds the stray exceptions of a load context against a plugin, for as long as the context is in memory.</summary>
    public static void Watch(AssemblyLoadContext context, PluginConduct conduct) => Plugins.AddOrUpdate(context, conduct);

    private static bool IsOfAPlugin(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            foreach (var frame in new StackTrace(cause).GetFrames())
            {
                if (frame.GetMethod()?.Module.Assembly is { } assembly && AssemblyLoadContext.GetLoadContext(assembly) is { } context && Plugins.TryGetValue(context, out var conduct))
                {
                    conduct.Failed($"code it runs beside its calls {IsolatedCall.Describe(exception)}");
                    return true;
                }
            }
        }

        return false;
    }
}
